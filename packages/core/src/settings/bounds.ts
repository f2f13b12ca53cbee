/** The published bounds: how long each kind of end can take to detect, computed from the settings. */

import { type EndReason, endReasons } from "../protocol/endReason.ts";
import type { HeartbeatTerms, IdleTerms } from "../protocol/notice.ts";
import type { Settings } from "./settings.ts";

/**
 * How many beats may be renewed because of server pauses since the last sign of life.
 * A client that answered none of them had the full limit of each while the server was listening.
 * Further pauses do not excuse it; otherwise a server that pauses often would never declare anyone dead (rule TO4).
 */
export const MAX_RENEWALS = 2;

/** Bound on the release of a session whose socket closed, in milliseconds. */
export const SOCKET_BOUND_MS = 1_000;

/**
 * The longest a dead client can go undetected by heartbeats, in milliseconds of observed time since its last sign of life:
 * one full interval until the next beat, one pong timeout per allowed miss, and the tick that detects it.
 * Durations are rounded up to whole ticks, because that is when they are acted on.
 */
export function heartbeatBoundMs(settings: Settings): number {
  const { heartbeatIntervalMs, heartbeatPongTimeoutMs, heartbeatMaxFailures, tickMs } = settings;
  return wholeTicks(heartbeatIntervalMs, tickMs) + heartbeatMaxFailures * wholeTicks(heartbeatPongTimeoutMs, tickMs) + tickMs;
}

/**
 * Silence after which the sweep ends a session that heartbeats should have ended, in milliseconds of observed time.
 * Allows for late ticks, each of which may delay the first beat and every verdict by one tick.
 */
export function overdueAfterMs(settings: Settings): number {
  return heartbeatBoundMs(settings) + (settings.heartbeatMaxFailures + 1) * settings.tickMs;
}

/** The most that server pauses can delay a verdict, however many there are, in milliseconds of observed time (rule TIM3). */
export function pauseProlongsMs({ heartbeatPongTimeoutMs, tickMs }: Settings): number {
  return MAX_RENEWALS * (wholeTicks(heartbeatPongTimeoutMs, tickMs) + tickMs);
}

/** The soonest that a client is detected that died right before a beat, in milliseconds since its last sign of life. */
export function heartbeatSoonestMs({ heartbeatMaxFailures, heartbeatPongTimeoutMs, tickMs }: Settings): number {
  return heartbeatMaxFailures * wholeTicks(heartbeatPongTimeoutMs, tickMs);
}

/**
 * The longest an inactive session lasts, in milliseconds of observed time since its last activity.
 * A suspended session cannot be warned, so this includes the resume grace, once.
 */
export function idleBoundMs(settings: Settings): number {
  return settings.sessionTimeoutMs + settings.resumeGraceMs + settings.sweepIntervalMs + settings.tickMs;
}

/**
 * The published bound for an end of this reason, in milliseconds from its cause; `null` where the cause is a command or a
 * restart, which involves no waiting.
 */
export function boundForReason(reason: EndReason, settings: Settings): number | null {
  switch (endReasons[reason].tier) {
    case "socket":
      return SOCKET_BOUND_MS;
    case "heartbeat":
      return heartbeatBoundMs(settings);
    case "timeout":
      return timeoutBoundMs(reason, settings);
    case "memory":
      return 2 * settings.memorySampleMs + settings.tickMs;
    case "operator":
    case "server":
    case "recovery":
      return null;
  }
}

function timeoutBoundMs(reason: EndReason, settings: Settings): number {
  const slack = settings.sweepIntervalMs + settings.tickMs;
  if (reason === "hello_timeout") return settings.helloTimeoutMs + slack;
  if (reason === "lifetime_reached") return settings.sessionLifetimeMs + slack;
  if (reason === "overdue") return overdueAfterMs(settings) + slack;
  return idleBoundMs(settings);
}

/** What a client is told about heartbeats. */
export function heartbeatTerms(settings: Settings): HeartbeatTerms {
  return {
    intervalMs: settings.heartbeatIntervalMs,
    pongTimeoutMs: settings.heartbeatPongTimeoutMs,
    maxFailures: settings.heartbeatMaxFailures,
    boundMs: heartbeatBoundMs(settings),
  };
}

/** What a client is told about idleness. */
export function idleTerms(settings: Settings): IdleTerms {
  return { timeoutMs: settings.sessionTimeoutMs, warningMs: settings.idleWarningMs };
}

/** Rounds a duration up to whole ticks, at least one. Milliseconds. */
export function wholeTicks(durationMs: number, tickMs: number): number {
  return Math.max(1, Math.ceil(durationMs / tickMs)) * tickMs;
}
