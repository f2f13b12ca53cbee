/** Who somebody is whom the identity provider vouches for, and what he may do here (rule OPS10). */
import type { OidcConfig } from "../../config/oidcFields.ts";
import type { OidcProblem } from "../../contract/oidc.ts";
import { operatorName } from "../../contract/operators.ts";
import { type Role, roles } from "../../contract/rights.ts";

export type Claims = Readonly<Record<string, unknown>> & { readonly iss: string; readonly sub: string };

export interface OidcIdentity {
  /** Issuer and subject: the only pair that the provider never gives to anybody else. OpenID Connect Core 1.0, section 5.7. */
  readonly subject: string;
  readonly name: string;
  readonly role: Role;
}

/** Longer ones are no subjects: OpenID Connect Core 1.0, section 2. */
const MAX_SUBJECT = 255;

export const subjectOf = ({ iss, sub }: Claims): string => `${iss} ${sub}`;

export function identityOf(claims: Claims, config: OidcConfig): OidcIdentity | OidcProblem {
  if (claims.sub.length > MAX_SUBJECT) return "failed";
  const role = roleOf(claims, config);
  if (role === null) return "no_role";
  const name = operatorName.safeParse(claims[config.nameClaim]);
  if (!name.success) return "bad_name";
  return { subject: subjectOf(claims), name: name.data, role };
}

/** The greatest role that a value of the claim gives; `null` for none. */
function roleOf(claims: Claims, { roleClaim, values }: OidcConfig): Role | null {
  // Some providers let people write any address into their profile.
  if (roleClaim === "email" && claims.email_verified !== true) return null;
  const claimed = claims[roleClaim];
  const given = new Set(Array.isArray(claimed) ? claimed : [claimed]);
  return roles.findLast((role) => values[role].some((value) => given.has(value))) ?? null;
}
