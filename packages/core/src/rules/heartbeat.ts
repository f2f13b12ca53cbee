/** Tier 2: heartbeats (rules HB) and the keepalive ping (rule SOC4). Decisions only; `keeper/beats.ts` acts on them. */

import type { Random } from "../ports/random.ts";
import type { Link } from "../ports/socket.ts";
import { MAX_RENEWALS } from "../settings/bounds.ts";
import type { Settings } from "../settings/settings.ts";

/** One connection's heartbeat. Times in observed milliseconds. */
export interface Heartbeat {
  /** Consecutive unanswered beats. */
  misses: number;
  /** The client beats by a timer of its own (rule HB10). */
  driven: boolean;
  /** While no beat is outstanding: when the next one is due, or when to see whether the client that drives has beaten. */
  dueMs: number;
  /** From when the outstanding beat is judged: when it was sent, or when the client's own was due. `NONE` without one. */
  sentMs: number;
  /** The monotonic clock when it was sent, for the round-trip time. Whole milliseconds: a fraction would be a heap object. */
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

/**
 * How long a client's own beat may be late before the server asks for it (rule HB10), milliseconds: a quarter of the pong timeout,
 * in whole ticks. The time counts towards the first miss, so that it prolongs no verdict.
 */
export function latenessMs({ heartbeatPongTimeoutMs, tickMs }: Settings): number {
  return Math.floor(heartbeatPongTimeoutMs / 4 / tickMs) * tickMs;
}

/** When a client that drives is asked, if nothing more is heard of it; observed milliseconds. */
export function askDueMs(seenMs: number, settings: Settings): number {
  return seenMs + settings.heartbeatIntervalMs + latenessMs(settings);
}

/**
 * When to see again whether a client that drives has beaten, after a change of settings at `nowMs` (rules HB6 and HB10). A client
 * whose beat is not due yet by the new interval has until then. Any other learns of it now and has one more interval, unless it
 * was to be asked sooner.
 */
export function rescheduledAskMs(
  dueMs: number,
  seenMs: number,
  { nowMs, settings }: { nowMs: number; settings: Settings },
): number {
  if (seenMs + settings.heartbeatIntervalMs > nowMs) return askDueMs(seenMs, settings);
  return Math.min(dueMs, askDueMs(nowMs, settings));
}

export type HeartbeatVerdict =
  /** Nothing is due. */
  | "wait"
  /** The client that drives was heard in time: see again later. */
  | "heard"
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
  /** By `askDueMs`; read only where the client drives. */
  readonly askMs: number;
}

/** Decides what to do about a heartbeat at `nowMs`. */
export function decideHeartbeat(beat: Heartbeat, nowMs: number, limits: HeartbeatLimits): HeartbeatVerdict {
  const { maxFailures, pauses, askMs } = limits;
  if (nowMs < heartbeatDueMs(beat)) return "wait";
  if (beat.sentMs === NONE) return beat.driven && nowMs < askMs ? "heard" : "send";
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

/** How long nothing passes at most before a heartbeat does: one whose sender drives may be late before it is asked for. */
function longestQuietMs(driven: boolean, settings: Settings): number {
  return settings.heartbeatIntervalMs + (driven ? latenessMs(settings) : 0);
}

/**
 * When this connection is due a keepalive, in observed milliseconds; `NEVER` when a heartbeat always comes first. In that case
 * `link.lastSentMs` is not read at all, which saves a cache miss per beat. Where the client drives, what it sends keeps the connection
 * open too: proxies count both directions.
 */
export function quietDueMs(
  { link, driven }: { readonly link: Link; readonly driven: boolean },
  seenMs: number,
  settings: Settings,
): number {
  const { keepaliveMs } = settings;
  if (keepaliveMs === 0 || keepaliveMs >= longestQuietMs(driven, settings)) return NEVER;
  return (driven ? Math.max(link.lastSentMs, seenMs) : link.lastSentMs) + keepaliveMs;
}
