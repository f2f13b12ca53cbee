/** Tier 2: heartbeats (rules HB). The decision about one session's beat; `heartbeatDriver.ts` acts on it. */

import { type EndReason, endReasons } from "../protocol/endReason.ts";
import type { HeartbeatTerms, IdleTerms } from "../protocol/notice.ts";
import type { Settings } from "./settings.ts";

/**
 * Beats that are renewed for pauses since one sign of life. A client that left them all unanswered had their whole limits, in time in
 * which the server listened; further pauses excuse it no more, or a server that pauses often would never find anybody dead (rule TO4).
 */
export const MAX_RENEWALS = 2;

/** Bound on the release of a session whose socket closed, in milliseconds. */
export const SOCKET_BOUND_MS = 1_000;

/**
 * The longest a dead client can go unnoticed by heartbeats, in milliseconds of observed time since its last sign of life:
 * one whole interval may pass before the next beat, then every allowed miss takes one pong timeout, then the tick that finds it. Durations that
 * are not whole ticks count as the next whole tick, which is when they are acted on.
 */
export function heartbeatBoundMs(settings: Settings): number {
  const { heartbeatIntervalMs, heartbeatPongTimeoutMs, heartbeatMaxFailures, tickMs } = settings;
  return wholeTicks(heartbeatIntervalMs, tickMs) + heartbeatMaxFailures * wholeTicks(heartbeatPongTimeoutMs, tickMs) + tickMs;
}

/**
 * Silence after which the sweep ends a session that the heartbeats should have ended, in milliseconds of observed time. Late ticks may
 * delay the first beat and each verdict by a tick, which is no reason for the sweep to step in.
 */
export function overdueAfterMs(settings: Settings): number {
  return heartbeatBoundMs(settings) + (settings.heartbeatMaxFailures + 1) * settings.tickMs;
}

/** By how much pauses of the server prolong a verdict at most, in milliseconds of observed time, however many there are (rule TIM3). */
export function pauseProlongsMs({ heartbeatPongTimeoutMs, tickMs }: Settings): number {
  return MAX_RENEWALS * (wholeTicks(heartbeatPongTimeoutMs, tickMs) + tickMs);
}

/** The soonest a client that died right before a beat is found, in milliseconds since its last sign of life; in whole ticks. */
export function heartbeatSoonestMs({ heartbeatMaxFailures, heartbeatPongTimeoutMs, tickMs }: Settings): number {
  return heartbeatMaxFailures * wholeTicks(heartbeatPongTimeoutMs, tickMs);
}

/**
 * The longest an inactive session lasts, in milliseconds of observed time since its last activity. While it is suspended nobody can be
 * warned, so a grace prolongs it, once.
 */
export function idleBoundMs(settings: Settings): number {
  return settings.sessionTimeoutMs + settings.resumeGraceMs + settings.sweepIntervalMs + settings.tickMs;
}

/**
 * The published bound for an end of this reason, in milliseconds from its cause; `null` where the cause is a command or a
 * restart, which has no waiting time.
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
