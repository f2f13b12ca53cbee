import fc from "fast-check";
import { expect, it } from "vitest";
import type { SessionRecord } from "../keeper/record.ts";
import type { Settings } from "../settings/settings.ts";
import { validSettings } from "../testing/arbitraries.ts";
import { holds } from "../testing/property.ts";
import { sampleRecord, sampleStates } from "../testing/sampleRecords.ts";
import { askDueMs, decideHeartbeat, NEVER, quietDueMs } from "./heartbeat.ts";

import { decideTimeout, earliestDeadlineMs, explainDeadlines } from "./timeouts.ts";

const time = fc.nat(100_000_000);

const state = fc.oneof(
  time.map((helloByMs) => sampleStates.opening(helloByMs)),
  time.map((helloByMs) => sampleStates.recording(helloByMs)),
  fc.constant(sampleStates.over()),
  fc
    .record({ driven: fc.boolean(), dueMs: time, sentMs: fc.oneof(fc.constant(-1), time), limitMs: fc.nat(3_600_000) })
    .map(sampleStates.active),
  time.map((untilMs) => sampleStates.suspended(untilMs)),
  fc.constant(sampleStates.ended()),
);

const record: fc.Arbitrary<SessionRecord> = fc
  .record({
    state,
    openedMs: time,
    activeMs: time,
    seenMs: time,
    idleWarnedMs: fc.oneof(fc.constant(-1), time),
    idleWarningMs: fc.nat(3_600_000),
    busy: fc.constantFrom<string[]>([], ["generating"]),
  })
  .map(({ state: kind, busy, ...rest }) =>
    sampleRecord(kind, { ...rest, holdings: busy.length === 0 ? null : { resources: [], busy, bytes: 0 } }),
  );

/** Whether anything is due for this session now, as when the wheel fires. */
function isDue(subject: SessionRecord, nowMs: number, settings: Settings): boolean {
  if (decideTimeout(subject, nowMs, settings) !== "none") return true;
  if (subject.state.name !== "active") return false;
  if (quietDueMs(subject.state, subject.seenMs, settings) <= nowMs) return true;
  const limits = { maxFailures: settings.heartbeatMaxFailures, pauses: 0, askMs: askDueMs(subject.seenMs, settings) };
  return decideHeartbeat(subject.state, nowMs, limits) !== "wait";
}

/** Whether a keepalive is due, which is not among the explained deadlines. */
const quietMs = ({ state, seenMs }: SessionRecord, settings: Settings) =>
  state.name === "active" ? quietDueMs(state, seenMs, settings) : NEVER;

it("TO4 the wheel is armed for the earliest explained deadline", () => {
  holds(
    fc.property(record, validSettings(), time, (subject, settings, nowMs) => {
      const explained = explainDeadlines(subject, settings, nowMs).map(({ dueInMs }) => dueInMs);
      const earliest = earliestDeadlineMs(subject, settings);
      const soonest = explained.length === 0 ? NEVER : Math.min(...explained) + nowMs;
      expect(Math.min(soonest, quietMs(subject, settings))).toBe(earliest);
      expect(explained).toEqual(explained.toSorted((a, b) => a - b));
    }),
    500,
  );
});

it("TO4 something is due from the earliest deadline on, and nothing before it", () => {
  holds(
    fc.property(record, validSettings(), (subject, settings) => {
      const earliest = earliestDeadlineMs(subject, settings);
      if (earliest === NEVER) expect(isDue(subject, Number.MAX_SAFE_INTEGER, settings)).toBe(false);
      else expect([isDue(subject, earliest - 1, settings), isDue(subject, earliest, settings)]).toEqual([false, true]);
    }),
    500,
  );
});
