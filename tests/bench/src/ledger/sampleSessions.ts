/**
 * Ended sessions as on a busy server: a few reasons make up most ends, and some users and addresses are far busier than others.
 */
import { boundForReason, defaultSettings, type EndReason, type SessionEnd, type SessionOpening } from "@lastbeat/core";
import { endReasons } from "@lastbeat/core/reasons";
import { createSeededRandom, type SeededRandom } from "@lastbeat/core/testing";

export const USERS = 50_000;
export const ADDRESSES = 20_000;
export const DAYS = 90;
/** The last end of a filled ledger is right before this fixed time, so that every fill gives the same rows. */
export const FILLED_UNTIL_MS = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

/** Reason, its share in thousandths, and its longest detection time. */
const shares: readonly (readonly [reason: EndReason, thousandths: number, detectionMs: number])[] = [
  ["client_left", 550, 5],
  ["connection_lost", 200, 10],
  ["idle", 120, 180_100],
  ["unreachable", 80, 90_100],
  ["unresponsive", 40, 90_100],
  ["protocol_error", 9, 5],
  ["memory_pressure", 1, 2_000],
];

export interface SampleSession {
  readonly opened: SessionOpening;
  readonly ended: SessionEnd;
}

/** Makes session number `at` of `total`, spread evenly over the days before `nowMs`. The ids depend on the seed too. */
export function createSamples(total: number, nowMs: number, seed = 5): (at: number) => SampleSession {
  const random = createSeededRandom(seed);
  const stepMs = (DAYS * DAY_MS) / total;
  return (at) => {
    const detectedAtMs = Math.floor(nowMs - (total - at) * stepMs);
    const sessionId = `session_${at.toString(36).padStart(8, "0")}${random.int(2 ** 32).toString(36)}`;
    return { opened: opening(sessionId, detectedAtMs, random), ended: ending(sessionId, detectedAtMs, random) };
  };
}

function opening(sessionId: string, detectedAtMs: number, random: SeededRandom): SessionOpening {
  // The square makes low numbers more frequent.
  const user = `user${Math.floor(random.float() ** 2 * USERS)}`;
  const address = `10.${Math.floor(random.float() ** 2 * ADDRESSES)}.1`;
  return {
    sessionId,
    kind: "user",
    user,
    userId: null,
    room: `room${random.int(200)}`,
    address,
    client: "Firefox 140 on Linux",
    transport: "trpc",
    openedAtMs: detectedAtMs - random.int(3_600_000),
    settingsRevision: 0,
  };
}

function ending(sessionId: string, detectedAtMs: number, random: SeededRandom): SessionEnd {
  const [reason, detectionMs] = pickReason(random);
  const { tier, initiator, closeCode, text } = endReasons[reason];
  const seenAtMs = detectedAtMs - detectionMs;
  return {
    sessionId,
    reason,
    tier,
    initiator,
    closeCode,
    detail: text,
    note: null,
    operator: null,
    lastSeenAtMs: seenAtMs,
    lastActiveAtMs: seenAtMs,
    detectedAtMs,
    releasedAtMs: detectedAtMs + 2,
    detectionMs,
    boundMs: boundForReason(reason, defaultSettings),
    lateCause: null,
    cleanupMs: random.int(20),
    cleanup: "complete",
    resourcesReleased: 2,
    resourcesFailed: [],
    misses: tier === "heartbeat" ? 3 : 0,
    roundTripsMs: [12, 9, 31, 14],
    settingsRevision: 0,
    pauses: 0,
    pausedMs: 0,
    memoryLevel: "ok",
    eviction: null,
    resumeExpired: false,
    crashedBetweenMs: null,
  };
}

function pickReason(random: SeededRandom): [EndReason, number] {
  let rest = random.int(1_000);
  for (const [reason, thousandths, detectionMs] of shares) {
    rest -= thousandths;
    if (rest < 0) return [reason, random.int(detectionMs)];
  }
  return ["client_left", 0];
}
