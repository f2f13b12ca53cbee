/** What the claims of an ID token say of somebody (rule OPS10). */
import type { OidcConfig } from "../../config/oidcFields.ts";
import { operatorName } from "../../contract/operators.ts";
import { type Role, roles } from "../../contract/rights.ts";

export type Claims = Readonly<Record<string, unknown>> & { readonly iss: string; readonly sub: string };

/** Issuer and subject: the only pair that the provider never gives to anybody else. OpenID Connect Core 1.0, section 5.7. */
export const subjectOf = ({ iss, sub }: Claims): string => `${iss} ${sub}`;

/** The greatest role that a value of the claim gives; `null` for none. */
export function roleOf(claims: Claims, { roleClaim, values }: OidcConfig): Role | null {
  const isEmail = roleClaim === "email";
  // Some providers let people write any address into their profile.
  if (isEmail && claims.email_verified !== true) return null;
  const comparable = (value: unknown) => (isEmail ? String(value).toLowerCase() : value);
  const claimed = claims[roleClaim];
  const given = new Set((Array.isArray(claimed) ? claimed : [claimed]).map(comparable));
  return roles.findLast((role) => values[role].some((value) => given.has(comparable(value)))) ?? null;
}

/** The name of an account for somebody who has none yet; `null` if the claim holds no name that one may have. */
export function nameOf(claims: Claims, { nameClaim }: OidcConfig): string | null {
  // Not every provider says; but one that says no must not lend somebody else's address.
  if (nameClaim === "email" && claims.email_verified === false) return null;
  return operatorName.safeParse(claims[nameClaim]).data ?? null;
}
