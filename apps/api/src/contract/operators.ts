/** Operators' accounts: what is stored, what is shown, and the inputs of their procedures. */
import { z } from "zod";
import { type Role, roles } from "./rights.ts";
import { expected, expectedSecret } from "./validation.ts";

export const PASSWORD_MIN = 12;
const PASSWORD_MAX = 200;

/** Names that stand for callers without an account. */
const reserved: ReadonlySet<string> = new Set(["operator", "local"]);

/** Few characters, so that no two names look alike. E-mail addresses fit. */
export const operatorName = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9](?:[a-z0-9._@+-]{0,62}[a-z0-9])?$/, { error: expected("1 to 64 of a-z, 0-9, ., _, @, + and -") })
  .refine((name) => !reserved.has(name), { error: "this name is reserved" });

/** Checked only for its length: an old password may break newer rules. Normalised first, as NIST SP 800-63B (3.1.1.2) says. */
export const givenPassword = z
  .string({ error: expectedSecret("a string") })
  .max(1_000)
  .overwrite((given) => given.toWellFormed().normalize("NFKC"));

export const newPassword = givenPassword.refine((given) => given.length >= PASSWORD_MIN && given.length <= PASSWORD_MAX, {
  error: expectedSecret(`a password of ${PASSWORD_MIN} to ${PASSWORD_MAX} characters`),
});

export const roleSchema = z.enum(roles);

/** How somebody signed in. `first_link`: with the link that the server prints while there is no account. */
export type SignInWay = "password" | "link" | "first_link" | "oidc";

export interface StoredOperator {
  readonly name: string;
  readonly role: Role;
  /** PHC string; `null` before the first password, and for those who sign in by OpenID Connect. */
  readonly password: string | null;
  /** Issuer and subject at the OpenID provider; `null` for those who sign in by password. */
  readonly subject: string | null;
  readonly createdAtMs: number;
  readonly createdBy: string;
  readonly disabledAtMs: number | null;
  readonly lastSignInAtMs: number | null;
}

/** A sign-in that has not ended. */
export interface StoredSignIn {
  readonly id: string;
  readonly operator: string;
  readonly way: SignInWay;
  readonly address: string;
  readonly client: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** All accounts, and the sign-ins that have not ended. */
export interface KnownOperators {
  readonly accounts: readonly StoredOperator[];
  readonly signIns: readonly StoredSignIn[];
}

export interface OperatorView extends Omit<StoredOperator, "password" | "subject"> {
  readonly hasPassword: boolean;
  /** Whether the account belongs to the OpenID provider, which then decides its role. */
  readonly isExternal: boolean;
  readonly signIns: number;
}

export interface SignInView extends StoredSignIn {
  /** Whether it is the caller's own, of this very request. */
  readonly isThis: boolean;
}

/** A one-time link for a new or forgotten password. */
export interface OperatorLink {
  readonly name: string;
  /** Path and fragment below the server's address, such as `/admin/set-password#…`. The fragment reaches no log. */
  readonly path: string;
  readonly expiresAtMs: number;
}

/** What the sign-in page offers. */
export interface SignInWays {
  /** Whether there is an account; if not, the link that the server prints makes the first. */
  readonly hasAccounts: boolean;
  /** How to get a new link from the server, see `linkRenewal`. */
  readonly newLinkBy: "signal" | "restart";
  /** Label of the button that leads to the OpenID provider; `null` for none. */
  readonly oidc: string | null;
}

export const addOperatorInput = z.strictObject({ name: operatorName, role: roleSchema });
export const changeOperatorInput = z.strictObject({
  name: operatorName,
  role: roleSchema.optional(),
  disabled: z.boolean().optional(),
  /** `false` releases the account from the identity provider: whoever has its name there next takes it, or a link gives it a password. */
  external: z.literal(false).optional(),
});
export const ownPasswordInput = z.strictObject(
  { current: givenPassword, password: newPassword },
  { error: expectedSecret("an object") },
);
export const signInInput = z.strictObject(
  { name: z.string().max(200), password: givenPassword },
  { error: expectedSecret("an object") },
);
export const setPasswordInput = z.strictObject(
  { link: z.string({ error: expectedSecret("a string") }).max(1_000), name: operatorName.optional(), password: newPassword },
  { error: expectedSecret("an object") },
);
