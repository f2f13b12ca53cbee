/** Tier 2: heartbeats (rules HB) and the keepalive ping (rule SOC4). Decisions only; `keeper/beats.ts` acts on them. */

import type { Random } from "../ports/random.ts";
import type { Link } from "../ports/socket.ts";
import { MAX_RENEWALS } from "../settings/bounds.ts";
import type { Settings } from "../settings/settings.ts";

/** One connection's heartbeat. Times in observed milliseconds. */
export interface Heartbeat {
  /** Consecutive unanswered beats. */
  misses: number;
  /** When the next beat is due, while none is outstanding. */
  dueMs: number;
  /** When the outstanding beat was sent; `NONE` when there is none. */
  sentMs: number;
  /** The monotonic clock at `sentMs`, for the round-trip time. Whole milliseconds: a fraction would be a heap object. */
  sentMonoMs: number;
  /** The pong timeout in force when the outstanding beat was sent (rule HB6). */
  limitMs: number;
  /** The server's pause count when it was sent (rule TIM3). */
  pauses: number;
  /** Beats renewed because of a pause since the latest sign of life. */
  renewals: number;
  /** Whether the transport answered a protocol-level ping since the first miss (rule HB5). */
  transportAnswered: boolean;
  /** When the suspicion began; `NONE` without one. */
  suspectMs: number;
}

export const NONE = -1;

/** A deadline that never falls due. */
export const NEVER = Number.POSITIVE_INFINITY;

/** A random whole number in [0, below). Whole, because a fraction in a session's state would be a heap object. */
const drawn = (below: number, random: number): number => Math.floor(below * random);

/**
 * Delay from an attach to its first beat (rule HB1): random in [½, 1] × interval, which also spreads the beats of sessions that
 * arrive together. `random` is in [0, 1).
 */
export function firstBeatDelayMs(intervalMs: number, random: number): number {
  const halfMs = Math.ceil(intervalMs / 2);
  return halfMs + drawn(intervalMs - halfMs, random);
}

/** When this heartbeat next needs attention, in observed milliseconds. */
export function heartbeatDueMs(beat: Heartbeat): number {
  return beat.sentMs === NONE ? beat.dueMs : beat.sentMs + beat.limitMs;
}

export type HeartbeatVerdict =
  /** Nothing is due. */
  | "wait"
  /** A beat is due. */
  | "send"
  /** Unanswered, but the server paused meanwhile: send a fresh beat and judge that one. */
  | "renew"
  /** Unanswered: a miss. */
  | "miss"
  /** Unanswered, and no more misses are allowed. */
  | "dead";

export interface HeartbeatLimits {
  readonly maxFailures: number;
  /** The server's pause count so far. */
  readonly pauses: number;
}

/** Decides what to do about a heartbeat at `nowMs`. */
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
 * When the beat after an answered one is due: one interval after the answered beat was sent. If that has already passed because
 * the interval was shortened, a random point within the new interval, so that many such answers at once cause no herd (rule HB6).
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
 * When the next beat is due after the interval changed (rule HB6). A beat due within one new interval keeps its time; a later one
 * moves to a random point within the new interval, so that a shorter interval causes no herd.
 */
export function rescheduledDueMs(
  dueMs: number,
  nowMs: number,
  { intervalMs, random }: { intervalMs: number; random: number },
): number {
  return dueMs <= nowMs + intervalMs ? dueMs : nowMs + drawn(intervalMs, random);
}

/**
 * When this connection is due a keepalive, in observed milliseconds; `NEVER` when a heartbeat always comes first. In that case
 * `link.sentMs` is not read at all, which saves a cache miss per beat.
 */
export function quietDueMs({ link }: { readonly link: Link }, { keepaliveMs, heartbeatIntervalMs }: Settings): number {
  if (keepaliveMs === 0 || keepaliveMs >= heartbeatIntervalMs) return NEVER;
  return link.sentMs + keepaliveMs;
}
