/** Groups a room's sessions into persons: same name and same browser. The chat has no sign-in to go by. */
import { createHash } from "node:crypto";
import type { Session } from "@lastbeat/core";

/** An id shared by the sessions of one name and browser. It does not reveal the browser and differs between rooms. */
export function personIn(room: string, { id, user }: Session, browser: string | undefined): string {
  if (browser === undefined) return id;
  return createHash("sha256")
    .update(JSON.stringify([room, user, browser]))
    .digest("base64url")
    .slice(0, 16);
}
