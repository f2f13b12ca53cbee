/**
 * One-time links for a new or forgotten password: signed with the keyring's secret, so that the command line can make one beside a
 * running server without a way into it. Who can read that secret can sign in as anybody anyway. A link is for the password that there was
 * when it was made, so that any other way to a new password ends it.
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { operatorName, roleSchema, type StoredOperator } from "../contract/operators.ts";
import { isDigest, keyedDigest } from "./keyedDigest.ts";
import type { Keyring } from "./keyring.ts";

const HOUR_MS = 3_600_000;
export const LINK_LIFETIME_MS = 24 * HOUR_MS;

/** The page that asks for the password, below the server's address. The link is the fragment, which reaches no server and no log. */
export const SET_PASSWORD_PATH = "/admin/set-password";

const grantSchema = z.object({
  /** `null`: whoever opens the link chooses it. */
  name: operatorName.nullable(),
  /** The role of the account, if the link makes one. */
  role: roleSchema,
  /** Who made the link. */
  by: z.string(),
  /** Whether it was made while there was no account, to make the first. */
  first: z.boolean(),
  /** Digest of the account's hash when the link was made, which nobody without the secret can compare with a guess. */
  was: z.string(),
  id: z.string(),
  expiresAtMs: z.number(),
});

/** What a link allows: a password for this account, which is made if it does not exist. */
export type LinkGrant = z.output<typeof grantSchema>;

export type WantedLink = Pick<LinkGrant, "name" | "role" | "by" | "first">;
type HasPassword = Pick<StoredOperator, "password">;

export interface SignedLink {
  readonly path: string;
  readonly grant: LinkGrant;
}

export class SignInLinks {
  readonly #keyring: Keyring;
  readonly #now: () => number;

  constructor(keyring: Keyring, now: () => number) {
    this.#keyring = keyring;
    this.#now = now;
  }

  /** A link for this account, or to make one. Those made before for the same name no longer work. */
  make(wanted: WantedLink, account: HasPassword | undefined): SignedLink {
    const what = wanted.name ?? "";
    // Later than the one before, even within a millisecond or after the clock was set back.
    const expiresAtMs = Math.max(this.#now() + LINK_LIFETIME_MS, this.#keyring.newestFor(what) + 1);
    this.#keyring.setNewest(what, expiresAtMs, this.#now());
    return signedLink(this.#keyring.secret, { wanted, account, expiresAtMs });
  }

  /** What the link allows; `null` if it is forged, expired, was used, or there is a newer one. */
  read(link: string): LinkGrant | null {
    const [payload = "", signature = "", ...rest] = link.split(".");
    if (rest.length > 0 || !isDigest(signature, signatureOf(this.#keyring.secret, payload))) return null;
    // One of an earlier version lacks a field.
    const grant = grantSchema.safeParse(JSON.parse(Buffer.from(payload, "base64url").toString())).data;
    if (grant === undefined || grant.expiresAtMs <= this.#now() || this.#keyring.isRevoked(grant.id)) return null;
    return grant.expiresAtMs < this.#keyring.newestFor(grant.name ?? "") ? null : grant;
  }

  /** Whether the account's password is still the one that there was when the link was made. */
  isCurrent({ was }: LinkGrant, account: HasPassword | undefined): boolean {
    return was === passwordDigest(this.#keyring.secret, account);
  }

  /** It works only once. */
  consume({ id, expiresAtMs }: LinkGrant): void {
    this.#keyring.revoke(id, expiresAtMs, this.#now());
  }
}

/** A link signed with the secret alone, which is all that the command line has. It does not end those made before. */
export function signedLink(
  secret: string,
  { wanted, account, expiresAtMs }: { wanted: WantedLink; account: HasPassword | undefined; expiresAtMs: number },
): SignedLink {
  const grant = { ...wanted, was: passwordDigest(secret, account), id: randomBytes(12).toString("base64url"), expiresAtMs };
  const payload = Buffer.from(JSON.stringify(grant)).toString("base64url");
  return { path: `${SET_PASSWORD_PATH}#${payload}.${signatureOf(secret, payload).toString("base64url")}`, grant };
}

/** The prefix keeps a signature from being one of a cookie. */
function signatureOf(secret: string, payload: string): Buffer {
  return keyedDigest(secret, `link:${payload}`);
}

function passwordDigest(secret: string, account: HasPassword | undefined): string {
  const state = account === undefined ? "no account" : (account.password ?? "no password");
  return keyedDigest(secret, `password:${state}`).toString("base64url");
}
