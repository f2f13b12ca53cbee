/** A guest's id: derived from the secret id that the browser keeps, so that others may see it and nobody can use it. */
import { hash } from "node:crypto";

/** `null` for a client that keeps no browser id: it is a stranger each time. */
export function guestId(browser: string | undefined): string | null {
  return browser === undefined ? null : `guest_${hash("sha256", browser, "base64url").slice(0, 22)}`;
}
