/**
 * Keeps a quiet connection open through proxies that cut what is silent (nginx does after 60 s). No tier of detection: nothing is judged
 * by it, its answer is no sign of life, and where heartbeats come more often it costs nothing.
 */
import type { Engine } from "../engine.ts";
import type { ActiveState } from "../session/session.ts";
import type { Settings } from "../settings/settings.ts";
import type { SessionSocket } from "../transport.ts";

const NEVER = Number.POSITIVE_INFINITY;

// Made once, as for heartbeats.
const keepOpenOnce = (socket: SessionSocket): void => socket.keepOpen?.();

/**
 * When this connection has been silent for long enough, in observed milliseconds; `NEVER` when heartbeats come first anyway: then its
 * last sending is not even looked at, for that would have to be fetched from memory once a beat.
 */
export function quietDueMs({ link }: ActiveState, { keepaliveMs, heartbeatIntervalMs }: Settings): number {
  if (keepaliveMs === 0 || keepaliveMs >= heartbeatIntervalMs) return NEVER;
  return link.sentMs + keepaliveMs;
}

/** Sends something if nothing was sent for that long. */
export function keepOpen({ settings, observed }: Engine, state: ActiveState): void {
  if (quietDueMs(state, settings) <= observed.nowMs) state.link.trySend(keepOpenOnce);
}
