/** Who sends heartbeats by a timer of its own (rule HB10). */

import { queryField } from "./resumeText.ts";

/** `client`: it beats once per interval, and is asked only when that is late. `server`: it asks once per interval. */
export type Beats = "client" | "server";

/** Reads what a hello says of it; anything unknown means the server. */
export function parseBeats(value: unknown): Beats {
  return value === "client" ? "client" : "server";
}

/** Reads `?beats=` of a request target. */
export function beatsFromUrl(url: string | undefined): Beats {
  return parseBeats(queryField(url, "beats"));
}
