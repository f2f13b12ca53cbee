/** Asks who is signed in before it dials: without a sign-in no socket is opened. */
import type { ClientLink, Dial } from "@lastbeat/core/client";
import type { SignedIn } from "./signIn.ts";

/** The server's close code for a client that is not signed in. */
const NOT_ALLOWED = 4504;

/** @param told is given who is signed in, before the socket is opened. */
export function signedInDial(
  whoIsSignedIn: () => Promise<SignedIn | null>,
  dial: Dial,
  told: (admin: SignedIn | null) => void,
): Dial {
  return (ticket, listener) => {
    let link: ClientLink | null = null;
    let abandoned = false;
    const open = async () => {
      const admin = await whoIsSignedIn();
      if (abandoned) return;
      told(admin);
      if (admin === null) listener.closed(NOT_ALLOWED, "unauthorized");
      else link = dial(ticket, listener);
    };
    open().catch(() => listener.closed(1006, ""));
    return {
      probe: () => link?.probe(),
      beat: (asks) => link?.beat?.(asks),
      abandon() {
        abandoned = true;
        link?.abandon();
      },
    };
  };
}
