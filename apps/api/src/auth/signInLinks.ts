/**
 * One-time links for a new or forgotten password: signed with the keyring's secret, so that the command line can make one beside a
 * running server without a way into it. Who can read that secret can sign in as anybody anyway.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { operatorName, roleSchema } from "../contract/operators.ts";
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
  id: z.string(),
  expiresAtMs: z.number(),
});

/** What a link allows: a password for this account, which is made if it does not exist. */
export type LinkGrant = z.output<typeof grantSchema>;

export class SignInLinks {
  readonly #keyring: Keyring;
  readonly #now: () => number;

  constructor(keyring: Keyring, now: () => number) {
    this.#keyring = keyring;
    this.#now = now;
  }

  make(wanted: Omit<LinkGrant, "id" | "expiresAtMs">): { readonly path: string; readonly grant: LinkGrant } {
    const grant = { ...wanted, id: randomBytes(12).toString("base64url"), expiresAtMs: this.#now() + LINK_LIFETIME_MS };
    const payload = Buffer.from(JSON.stringify(grant)).toString("base64url");
    return { path: `${SET_PASSWORD_PATH}#${payload}.${this.#sign(payload).toString("base64url")}`, grant };
  }

  /** What the link allows; `null` if it is forged, expired or was used. */
  read(link: string): LinkGrant | null {
    const [payload = "", signature = "", ...rest] = link.split(".");
    const [given, expected] = [Buffer.from(signature, "base64url"), this.#sign(payload)];
    if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
    const grant = grantSchema.parse(JSON.parse(Buffer.from(payload, "base64url").toString()));
    return grant.expiresAtMs > this.#now() && !this.#keyring.isRevoked(grant.id) ? grant : null;
  }

  /** It works only once. */
  consume({ id, expiresAtMs }: LinkGrant): void {
    this.#keyring.revoke(id, expiresAtMs, this.#now());
  }

  /** The prefix keeps a signature from being one of a cookie. */
  #sign(payload: string): Buffer {
    return createHmac("sha256", this.#keyring.secret).update(`link:${payload}`).digest();
  }
}
