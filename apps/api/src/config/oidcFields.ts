/** Signing operators in through an OpenID provider (rule OPS10): what the keys of `operators.oidc` mean together. */
import type { ErrorIssue } from "@lastbeat/core";
import type { Role } from "../contract/rights.ts";
import type { SecretSource } from "./secretSource.ts";
import { orNull } from "./serverField.ts";
import type { ServerValues } from "./serverFields.ts";

export interface OidcConfig {
  readonly issuer: string;
  readonly clientId: string;
  readonly secret: SecretSource;
  /** What the button says after "Sign in with". */
  readonly label: string;
  readonly scopes: string;
  /** Whose value becomes the account's name. */
  readonly nameClaim: string;
  /** Whose values decide the role. */
  readonly roleClaim: string;
  readonly values: Readonly<Record<Role, readonly string[]>>;
}

/** Whether two texts name the same issuer: the slash at the end of a bare host says nothing. */
export function sameIssuer(one: string, other: string): boolean {
  return URL.canParse(one) && URL.canParse(other) && new URL(one).href === new URL(other).href;
}

/** `null` unless an issuer is configured. */
export function oidcConfig(values: ServerValues): OidcConfig | null {
  const issuer = orNull(values.oidcIssuer);
  if (issuer === null) return null;
  return Object.freeze({
    issuer,
    clientId: values.oidcClientId,
    secret: { secret: orNull(values.oidcClientSecret), file: orNull(values.oidcClientSecretFile) },
    label: values.oidcLabel,
    scopes: values.oidcScopes,
    nameClaim: values.oidcNameClaim,
    roleClaim: values.oidcRoleClaim,
    values: Object.freeze({ admin: values.oidcAdmins, operator: values.oidcOperators, viewer: values.oidcViewers }),
  });
}

/** What is missing or too much. */
export function oidcIssues(config: OidcConfig | null): ErrorIssue[] {
  if (config === null) return [];
  const { clientId, secret, roleClaim, values } = config;
  const issues: ErrorIssue[] = [];
  const expect = (holds: boolean, field: string, message: string) => {
    if (!holds) issues.push({ field: `operators.oidc.${field}`, message: `with operators.oidc.issuer, expected ${message}` });
  };
  const secrets = [secret.secret, secret.file].filter((value) => value !== null).length;
  expect(clientId !== "none", "client_id", "the id of this server at the provider, got none");
  expect(secrets === 1, "client_secret", `one of client_secret and client_secret_file, got ${secrets}`);
  expect(roleClaim !== "none", "role_claim", "the claim that decides who may do what, got none");
  const scopes = config.scopes.split(" ");
  expect(scopes.includes("openid"), "scopes", "openid among the scopes, or the provider sends no ID token");
  // The first account ends the server's own link, so somebody must be able to manage the others.
  expect(values.admin.length > 0, "admins", "at least one value of the role claim, got none");
  return issues;
}
