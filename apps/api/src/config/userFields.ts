/** How the server knows its users (rule WHO2): what the keys of `users` mean together. */
import type { ErrorIssue } from "@lastbeat/core";
import type { ServerValues } from "./serverFields.ts";
import type { UserMode } from "./userMode.ts";

/** A secret, or the file that holds it; `null` for none. A file is read at the start. */
export interface SecretSource {
  readonly secret: string | null;
  readonly file: string | null;
}

export interface JwtConfig {
  readonly secret: SecretSource;
  readonly jwksUrl: string | null;
  readonly issuer: string | null;
  readonly audience: string | null;
  readonly clockToleranceMs: number;
  readonly nameClaim: string;
  /** `null`: every room is open to everyone. */
  readonly roomsClaim: string | null;
}

export interface UsersConfig {
  readonly mode: UserMode;
  readonly jwt: JwtConfig;
}

const orNull = (value: string) => (value === "none" ? null : value);

export function usersConfig(values: ServerValues): UsersConfig {
  return Object.freeze({
    mode: values.usersMode,
    jwt: Object.freeze({
      secret: { secret: orNull(values.jwtSecret), file: orNull(values.jwtSecretFile) },
      jwksUrl: orNull(values.jwksUrl),
      issuer: orNull(values.jwtIssuer),
      audience: orNull(values.jwtAudience),
      clockToleranceMs: values.jwtClockTolerance * 1_000,
      nameClaim: values.jwtNameClaim,
      roomsClaim: orNull(values.jwtRoomsClaim),
    }),
  });
}

/** What is missing or too much for the chosen mode. */
export function usersIssues({ mode, jwt }: UsersConfig): ErrorIssue[] {
  return mode === "jwt" ? jwtIssues(jwt) : [];
}

function jwtIssues({ secret, jwksUrl, audience }: JwtConfig): ErrorIssue[] {
  const given = [secret.secret, secret.file, jwksUrl].filter((value) => value !== null).length;
  if (given !== 1) {
    const message = `with users.mode jwt, expected one of users.jwt.secret, users.jwt.secret_file and users.jwt.jwks_url, got ${given}`;
    return [{ field: "users.jwt", message }];
  }
  if (jwksUrl === null || audience !== null) return [];
  const message = "with users.jwt.jwks_url, expected the audience of this server's tokens, or those for other services would do";
  return [{ field: "users.jwt.audience", message }];
}
