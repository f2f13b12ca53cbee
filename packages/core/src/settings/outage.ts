/**
 * The outage that surely survives (rule HB9): the longest break of the network after which no healthy session has ended. Not as long as
 * the heartbeats' patience, for TCP does not notice at once that the network is back.
 *
 * What was sent into the break is sent again after one retransmission timeout, and each time the timeout doubles (RFC 6298, 5.5), on
 * either side. With a first timeout R that is at R, 3R, 7R …, so the first attempt after a break of length d can come as late as d + R
 * after its end, never later than the longest timeout. What either side sends meanwhile waits behind it.
 */
import { heartbeatSoonestMs } from "./bounds.ts";
import type { Settings } from "./settings.ts";

/** Round-trip time up to which the figure holds, milliseconds. */
export const OUTAGE_ROUND_TRIP_MS = 100;
/** First retransmission timeout then: Linux and with it Chromium add at least 200 ms to the round trip (`TCP_RTO_MIN`). */
const FIRST_RETRANSMISSION_MS = OUTAGE_ROUND_TRIP_MS + 200;
/** Longest one (`TCP_RTO_MAX`). RFC 6298, 2.5, allows any limit from 60 s on. */
const LONGEST_RETRANSMISSION_MS = 120_000;

/**
 * The longest outage that no healthy client's session ends for, in whole tenths of a second, as milliseconds; 0 when even the shortest may end one. At the
 * worst it begins when a beat is on its way: that beat and the ones after it may go unanswered for the whole patience of the heartbeats.
 * Holds for a client whose round trip takes up to `OUTAGE_ROUND_TRIP_MS`.
 */
export function survivedOutageMs(settings: Settings): number {
  // The beat was answered into the break; the retransmission goes there and its answer back.
  const patienceMs = heartbeatSoonestMs(settings) - 2 * OUTAGE_ROUND_TRIP_MS - settings.tickMs;
  const doubling = (patienceMs - FIRST_RETRANSMISSION_MS) / 2;
  const limited = patienceMs - LONGEST_RETRANSMISSION_MS;
  return Math.max(0, Math.floor(Math.max(doubling, limited) / 100) * 100);
}
