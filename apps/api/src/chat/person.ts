/** Which sessions of a room are one person: those of one name in one browser. Nobody signs in to the chat, so this is all there is. */
import { createHash } from "node:crypto";
import type { Session } from "@lastbeat/core";

/** A mark that is the same for one name in one browser, and tells nobody which browser, nor the same in another room. */
export function personIn(room: string, { id, user }: Session, browser: string | undefined): string {
  if (browser === undefined) return id;
  return createHash("sha256")
    .update(JSON.stringify([room, user, browser]))
    .digest("base64url")
    .slice(0, 16);
}
