/** How the server knows its users (rule WHO2): what the keys of `users` mean together. */
import type { ErrorIssue } from "@lastbeat/core";
import type { SecretSource } from "./secretSource.ts";
import { orNull } from "./serverField.ts";
import type { ServerValues } from "./serverFields.ts";
import type { UserMode } from "./userMode.ts";

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

export interface WebhookUsersConfig {
  readonly url: string | null;
  readonly secret: SecretSource;
  readonly timeoutMs: number;
  readonly maxConcurrent: number;
}

export interface UsersConfig {
  readonly mode: UserMode;
  readonly jwt: JwtConfig;
  readonly webhook: WebhookUsersConfig;
}

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
    webhook: Object.freeze({
      url: orNull(values.usersWebhookUrl),
      secret: { secret: orNull(values.usersWebhookSecret), file: orNull(values.usersWebhookSecretFile) },
      timeoutMs: values.usersWebhookTimeout * 1_000,
      maxConcurrent: values.usersWebhookMaxConcurrent,
    }),
  });
}

/** What is missing or too much for the chosen mode. */
export function usersIssues({ mode, jwt, webhook }: UsersConfig): ErrorIssue[] {
  if (mode === "guest") return [];
  return mode === "jwt" ? jwtIssues(jwt) : webhookIssues(webhook);
}

function webhookIssues({ url, secret }: WebhookUsersConfig): ErrorIssue[] {
  if (url === null) return [{ field: "users.webhook.url", message: "with users.mode webhook, expected a URL, got none" }];
  const given = [secret.secret, secret.file].filter((value) => value !== null).length;
  if (given === 1) return [];
  const message = `with users.mode webhook, expected one of users.webhook.secret and users.webhook.secret_file, got ${given}`;
  return [{ field: "users.webhook.secret", message }];
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
