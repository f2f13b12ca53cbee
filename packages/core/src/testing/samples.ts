/** Sample openings and ends, for tests of anything that stores or shows them. */

import type { SessionEnd, SessionOpening } from "../ports/ledger.ts";

/** A sample opening, with round times. */
export function sampleOpened(sessionId: string, changes: Partial<SessionOpening> = {}): SessionOpening {
  return {
    sessionId,
    kind: "user",
    user: "Ada",
    userId: "user_ada",
    room: "general",
    address: "192.0.2.7",
    client: "Firefox 140 on Linux",
    transport: "trpc",
    openedAtMs: 1_700_000_000_000,
    settingsRevision: 3,
    ...changes,
  };
}

/** A sample end, with every optional field set except `crashedBetweenMs`, `note` and `operator`. */
export function sampleEnded(sessionId: string, changes: Partial<SessionEnd> = {}): SessionEnd {
  return {
    sessionId,
    reason: "unresponsive",
    tier: "heartbeat",
    initiator: "client",
    closeCode: 4002,
    detail: "3 heartbeats went unanswered; the transport answered",
    note: null,
    operator: null,
    lastSeenAtMs: 1_700_000_030_000,
    lastActiveAtMs: 1_700_000_020_000,
    detectedAtMs: 1_700_000_100_000,
    releasedAtMs: 1_700_000_100_004,
    detectionMs: 70_000,
    boundMs: 90_100,
    lateCause: null,
    cleanupMs: 4,
    cleanup: "incomplete",
    resourcesReleased: 2,
    resourcesFailed: [{ name: "model context", cause: "Error: stuck" }],
    misses: 3,
    roundTripsMs: [12, 9, 31],
    settingsRevision: 4,
    pauses: 1,
    pausedMs: 2_500,
    memoryLevel: "soft",
    eviction: { level: "soft", usedBytes: 800, limitBytes: 1_000, rank: 2, batch: 5 },
    resumeExpired: true,
    crashedBetweenMs: null,
    ...changes,
  };
}
