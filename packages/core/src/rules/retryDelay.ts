/** How long each client waits before it reconnects after its session ended (rule CLT2). */

import { type EndReason, endReasons } from "../protocol/endReason.ts";

const LEAST_MS = 250;
const PER_SESSION_MS = 10;
const LONGEST_SPREAD_MS = 60_000;
const SINGLE_SPREAD_MS = 1_000;

/**
 * The delay for one client, milliseconds. For ends that hit many sessions at once, delays are spread so that about a hundred
 * clients reconnect per second. `live` is how many sessions there were; `random` is in [0, 1).
 */
export function retryDelayMs(reason: EndReason, { live, random }: { live: number; random: number }): number {
  if (!endReasons[reason].retry) return 0;
  const mass = reason === "server_shutdown" || reason === "memory_pressure" || reason === "server_full";
  const spreadMs = mass ? Math.min(LONGEST_SPREAD_MS, Math.max(SINGLE_SPREAD_MS, live * PER_SESSION_MS)) : SINGLE_SPREAD_MS;
  return Math.round(LEAST_MS + random * spreadMs);
}
