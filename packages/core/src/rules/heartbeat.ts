/** Tier 2: heartbeats (rules HB), and the ping that keeps a quiet connection open (rule SOC4). Decisions only; `keeper/beats.ts` acts on them. */

import type { Random } from "../ports/random.ts";
import type { Link } from "../ports/socket.ts";
import { MAX_RENEWALS } from "../settings/bounds.ts";
import type { Settings } from "../settings/settings.ts";

/** One connection's heartbeat. Times in observed milliseconds. */
export interface Heartbeat {
  /** Beats unanswered in a row. */
  misses: number;
  /** When the next beat is due, while none is outstanding. */
  dueMs: number;
  /** When the outstanding beat was sent; `NONE` when none is. */
  sentMs: number;
  /** The monotonic clock then, whole milliseconds (a fraction would cost an object of its own), for the round-trip time. */
  sentMonoMs: number;
  /** The pong timeout the outstanding beat was sent under (rule HB6). */
  limitMs: number;
  /** Server pauses counted when it was sent (rule TIM3). */
  pauses: number;
  /** Beats renewed for a pause since the latest sign of life. */
  renewals: number;
  /** Whether the transport answered a protocol-level ping since the first miss (rule HB5). */
  transportAnswered: boolean;
  /** When the suspicion began; `NONE` without one. */
  suspectMs: number;
}

export const NONE = -1;

/** A deadline that does not come. */
export const NEVER = Number.POSITIVE_INFINITY;

/** A random whole number in [0, below): a fraction in the state of a session would cost it an object of its own. */
const drawn = (below: number, random: number): number => Math.floor(below * random);

/**
 * When the first beat after an attach is due (rule HB1): a random point in [½, 1] × interval, which also spreads the beats
 * of sessions that arrive together. `random` is in [0, 1).
 */
export function firstBeatDelayMs(intervalMs: number, random: number): number {
  const halfMs = Math.ceil(intervalMs / 2);
  return halfMs + drawn(intervalMs - halfMs, random);
}

/** When this heartbeat needs attention next, in observed milliseconds. */
export function heartbeatDueMs(beat: Heartbeat): number {
  return beat.sentMs === NONE ? beat.dueMs : beat.sentMs + beat.limitMs;
}

export type HeartbeatVerdict =
  /** Nothing is due. */
  | "wait"
  /** A beat is due. */
  | "send"
  /** Unanswered, but the server itself paused meanwhile: send a fresh one and judge that. */
  | "renew"
  /** Unanswered: a miss. */
  | "miss"
  /** Unanswered, and it was the last miss allowed. */
  | "dead";

export interface HeartbeatLimits {
  readonly maxFailures: number;
  /** Server pauses counted so far. */
  readonly pauses: number;
}

/** Decides what is to be done about a heartbeat at `nowMs`. */
export function decideHeartbeat(beat: Heartbeat, nowMs: number, { maxFailures, pauses }: HeartbeatLimits): HeartbeatVerdict {
  if (nowMs < heartbeatDueMs(beat)) return "wait";
  if (beat.sentMs === NONE) return "send";
  if (beat.pauses !== pauses && beat.renewals < MAX_RENEWALS) return "renew";
  return beat.misses + 1 >= maxFailures ? "dead" : "miss";
}

/** Why a session whose beats went unanswered is declared dead. */
export function deathOf(beat: Heartbeat): "unresponsive" | "unreachable" {
  return beat.transportAnswered ? "unresponsive" : "unreachable";
}

/**
 * When the beat after an answered one is due: one interval after that was sent. Where that has passed already, because the interval
 * was shortened meanwhile, it is drawn at random within the new interval, so that many such answers at once cause no herd (rule HB6).
 */
export function nextBeatDueMs(
  sentMs: number,
  nowMs: number,
  { intervalMs, random }: { intervalMs: number; random: Pick<Random, "float"> },
): number {
  const dueMs = sentMs + intervalMs;
  return dueMs > nowMs ? dueMs : nowMs + drawn(intervalMs, random.float());
}

/**
 * When the next beat falls due after the interval changed (rule HB6). A beat that is due sooner keeps its time; one that would
 * come later than one new interval from now is drawn at random within it, so that a shorter interval causes no herd.
 */
export function rescheduledDueMs(
  dueMs: number,
  nowMs: number,
  { intervalMs, random }: { intervalMs: number; random: number },
): number {
  return dueMs <= nowMs + intervalMs ? dueMs : nowMs + drawn(intervalMs, random);
}

/**
 * When this connection has been silent for long enough, in observed milliseconds; `NEVER` when heartbeats come first anyway: then its
 * last sending is not even looked at, for that would have to be fetched from memory once per beat.
 */
export function quietDueMs({ link }: { readonly link: Link }, { keepaliveMs, heartbeatIntervalMs }: Settings): number {
  if (keepaliveMs === 0 || keepaliveMs >= heartbeatIntervalMs) return NEVER;
  return link.sentMs + keepaliveMs;
}
