/** Guests (rule WHO1): everyone chooses a name, and is known by the secret id that the browser keeps. */
import { hash } from "node:crypto";
import type { Identify } from "./identity.ts";

/** Derived from the secret, so that others may see it and nobody can use it. `null` for a client that keeps none: a stranger each time. */
export function guestId(browser: string | undefined): string | null {
  return browser === undefined ? null : `guest_${hash("sha256", browser, "base64url").slice(0, 22)}`;
}

export const identifyGuest: Identify = ({ name, browser }) => ({
  ok: true,
  identity: { userId: guestId(browser), name, rooms: null, expiresAtMs: null },
});
