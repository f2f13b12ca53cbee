/**
 * The survived outage (rule HB9): the longest network outage that ends no healthy session.
 * It is shorter than the heartbeats' patience, because TCP does not notice at once that the network is back.
 *
 * On either side, data sent during the outage is retransmitted after one retransmission timeout, which doubles each time
 * (RFC 6298, 5.5). With a first timeout R, that is at R, 3R, 7R …, so the first attempt after an outage of length d can come as
 * late as d + R after its end, but never later than the longest timeout. Whatever is sent meanwhile queues behind it.
 */
import { heartbeatSoonestMs } from "./bounds.ts";
import type { Settings } from "./settings.ts";

/** Round-trip time up to which the figure holds, milliseconds. */
export const OUTAGE_ROUND_TRIP_MS = 100;
/** First retransmission timeout: Linux, and so Chromium on it, adds at least 200 ms to the round trip (`TCP_RTO_MIN`). */
const FIRST_RETRANSMISSION_MS = OUTAGE_ROUND_TRIP_MS + 200;
/** Longest retransmission timeout (`TCP_RTO_MAX`). RFC 6298, 2.5, allows any limit of at least 60 s. */
const LONGEST_RETRANSMISSION_MS = 120_000;

/**
 * The longest outage that ends no healthy client's session, in milliseconds, rounded down to tenths of a second; 0 when any may.
 * In the worst case it begins while a beat is in flight: that beat and the following ones go unanswered for the heartbeats' full
 * patience. Holds for round trips of up to `OUTAGE_ROUND_TRIP_MS`.
 */
export function survivedOutageMs(settings: Settings): number {
  // One round trip for the beat that was answered into the outage, one for the retransmission and its answer.
  const patienceMs = heartbeatSoonestMs(settings) - 2 * OUTAGE_ROUND_TRIP_MS - settings.tickMs;
  const doubling = (patienceMs - FIRST_RETRANSMISSION_MS) / 2;
  const limited = patienceMs - LONGEST_RETRANSMISSION_MS;
  return Math.max(0, Math.floor(Math.max(doubling, limited) / 100) * 100);
}
