/** The account of somebody for whom the identity provider vouches: made, changed or withdrawn as the claims say (rule OPS10). */
import type { OidcConfig } from "../../config/oidcFields.ts";
import { isKnown } from "../../contract/errors.ts";
import type { OidcProblem } from "../../contract/oidc.ts";
import type { StoredOperator } from "../../contract/operators.ts";
import type { Role } from "../../contract/rights.ts";
import type { SignInParts } from "../beginSignIn.ts";
import { IDENTITY_PROVIDER } from "../operators.ts";
import { type Claims, nameOf, roleOf, subjectOf } from "./oidcIdentity.ts";

/** Longer ones are no subjects: OpenID Connect Core 1.0, section 2. */
const MAX_SUBJECT = 255;

export class OidcAdmission {
  readonly #parts: Pick<SignInParts, "operators" | "audit" | "signIns">;
  readonly #config: OidcConfig;

  constructor(parts: Pick<SignInParts, "operators" | "audit" | "signIns">, config: OidcConfig) {
    this.#parts = parts;
    this.#config = config;
  }

  /** Does not wait for the disk, as signing in does not. */
  admit(claims: Claims, address: string): StoredOperator | OidcProblem {
    const { operators, audit } = this.#parts;
    const known = operators.accountOf(subjectOf(claims));
    const decided = known === undefined ? this.#newcomer(claims, address) : this.#known(known, claims, address);
    if (typeof decided === "string") audit.signInFailed(address, known?.name ?? "");
    return decided;
  }

  /** The role holds before anything else is looked at: whoever lost one must not keep it because something else is wrong. */
  #known(known: StoredOperator, claims: Claims, address: string): StoredOperator | OidcProblem {
    const role = roleOf(claims, this.#config);
    const changed = this.#vouch(claims, { known, name: known.name, role: role ?? "viewer" }, address);
    if (role === null) {
      this.#signOut(known);
      return "no_role";
    }
    return known.disabledAtMs === null ? changed : "disabled";
  }

  #newcomer(claims: Claims, address: string): StoredOperator | OidcProblem {
    const { operators } = this.#parts;
    if (claims.sub.length > MAX_SUBJECT) return "failed";
    const role = roleOf(claims, this.#config);
    if (role === null) return "no_role";
    const name = nameOf(claims, this.#config);
    if (name === null) return "bad_name";
    const namesake = operators.account(name);
    if (namesake !== undefined && !isFree(namesake)) return "name_taken";
    // It ends the server's own link, so somebody must be able to manage the others.
    if (!operators.hasAccounts && role !== "admin") return "no_admin";
    try {
      return this.#vouch(claims, { known: namesake, name, role }, address);
    } catch (thrown) {
      if (isKnown(thrown) && thrown.code === "conflict") return "full";
      throw thrown;
    }
  }

  #vouch(
    claims: Claims,
    { known, name, role }: { known: StoredOperator | undefined; name: string; role: Role },
    address: string,
  ): StoredOperator {
    const { operators, audit, signIns } = this.#parts;
    const account = operators.vouched({ subject: subjectOf(claims), name, role });
    const actor = { name: IDENTITY_PROVIDER, address };
    const after = { role };
    if (known === undefined) audit.record("operator_added", actor, { target: name, after });
    else if (known.role !== role) audit.record("operator_changed", actor, { target: name, before: { role: known.role }, after });
    signIns.check();
    return account;
  }

  #signOut({ name }: StoredOperator): void {
    const { operators, signIns } = this.#parts;
    operators.signOut(operators.signIns(name).map(({ id }) => id));
    signIns.check();
  }
}

/** Released by an administrator, or added and never used: nobody can sign in with it yet. */
function isFree({ password, subject, disabledAtMs }: StoredOperator): boolean {
  return password === null && subject === null && disabledAtMs === null;
}
