import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { heartbeatSettings } from "../testing/arbitraries.ts";
import { createTestBench } from "../testing/bench.ts";
import { holds } from "../testing/property.ts";
import { heartbeatBoundMs, heartbeatSoonestMs } from "./bounds.ts";
import { RecentGaps } from "./gaps.ts";
import { type PreviewSession, previewSettings, type RecordedGap } from "./preview.ts";
import { defaultSettings, resolveSettings } from "./settings.ts";

const live = (changes: Partial<PreviewSession> = {}): PreviewSession => ({
  id: "session_a",
  unansweredMs: null,
  inactiveMs: 0,
  busy: false,
  ...changes,
});

describe("the live sessions", () => {
  const settings = resolveSettings({ heartbeatPongTimeoutMs: 4_000, sessionTimeoutMs: 60_000 });
  it.each([
    ["nothing outstanding", live(), [false, false]],
    ["unanswered, but not for long", live({ unansweredMs: 3_999 }), [false, false]],
    ["unanswered for as long as the new limit", live({ unansweredMs: 4_000 }), [true, false]],
    ["inactive, but not for long", live({ inactiveMs: 59_999 }), [false, false]],
    ["inactive for as long as the new timeout", live({ inactiveMs: 60_000 }), [false, true]],
    ["inactive but busy", live({ inactiveMs: 600_000, busy: true }), [false, false]],
    ["both", live({ unansweredMs: 60_000, inactiveMs: 60_000 }), [true, true]],
  ] as const)("SET4 %s", (_, session, [suspect, idle]) => {
    const { wouldBeSuspect, wouldBeIdle } = previewSettings(settings, [session], []);
    expect([wouldBeSuspect, wouldBeIdle]).toEqual([suspect ? ["session_a"] : [], idle ? ["session_a"] : []]);
  });

  it("SET4 a session that is suspect already is judged by all its silence since the first beat it missed", async () => {
    const { waitWhile, join, keeper } = createTestBench({ settings: { sessionTimeoutMs: 3_600_000 } });
    const { session } = await join({ mute: true });
    await waitWhile(() => session.snapshot().misses < 2);
    const longer = { ...keeper.settings, heartbeatIntervalMs: 60_000, heartbeatPongTimeoutMs: 39_000 };
    expect(keeper.preview(longer).wouldBeSuspect).toEqual([session.id]);
    expect(keeper.preview({ ...longer, heartbeatPongTimeoutMs: 41_000 }).wouldBeSuspect).toEqual([]);
  });

  it("SET4 leaves out who is suspended or ending: nobody waits for their heartbeat", async () => {
    const { join, keeper } = createTestBench({ settings: { resumeGraceMs: 60_000 } });
    const lost = await join();
    lost.connection.closed(1006, "");
    const over = await join();
    void over.session.end();
    expect(keeper.preview(keeper.settings)).toMatchObject({ heartbeatsPerSecond: 0, wouldBeSuspect: [], wouldBeIdle: [] });
  });
});

describe("the load", () => {
  it.each([
    [0, 30_000, 0, 0],
    [30, 30_000, 1, 16],
    [1_000, 10_000, 100, 1_600],
  ])(
    "SET4 of %d sessions with an interval of %d ms is %d beats and %d bytes a second",
    (count, heartbeatIntervalMs, beats, bytes) => {
      const sessions = Array.from({ length: count }, () => live());
      const settings = { ...defaultSettings, heartbeatIntervalMs, heartbeatPongTimeoutMs: 5_000 };
      expect(previewSettings(settings, sessions, [])).toMatchObject({ heartbeatsPerSecond: beats, bytesPerSecond: bytes });
    },
  );
});

describe("the replay", () => {
  // 3 × 5 s at the soonest, 10 + 15 + 0.1 s at the latest.
  const settings = resolveSettings({ heartbeatIntervalMs: 10_000, heartbeatPongTimeoutMs: 5_000 });
  it.each([
    ["an end that would not have come sooner", { silenceMs: 25_100, outcome: "ended" }, [0, 0]],
    ["an end that would", { silenceMs: 25_101, outcome: "ended" }, [1, 0]],
    ["an answer in time", { silenceMs: 14_999, outcome: "answered" }, [0, 0]],
    ["an answer too late", { silenceMs: 15_000, outcome: "answered" }, [0, 1]],
  ] as const)("SET4 %s", (_, gap, [endsSooner, healthyEnded]) => {
    expect(previewSettings(settings, [], [gap])).toMatchObject({ endsSooner, healthyEnded, gapsReplayed: 1 });
  });

  it("SET4 more patient settings never end more, sooner; and the order of the silences does not matter", () => {
    const gap = fc.record({
      silenceMs: fc.nat(100_000),
      outcome: fc.constantFrom("answered", "ended"),
    }) as fc.Arbitrary<RecordedGap>;
    const chosen = heartbeatSettings({ maxIntervalMs: 30_000, maxFailures: 5 });
    holds(
      fc.property(chosen, fc.array(gap), fc.nat(10_000), (hasty, gaps, more) => {
        const patient = { ...hasty, heartbeatPongTimeoutMs: hasty.heartbeatPongTimeoutMs + more };
        const [soon, late] = [previewSettings(hasty, [], gaps), previewSettings(patient, [], gaps)];
        expect(late.endsSooner).toBeLessThanOrEqual(soon.endsSooner);
        expect(late.healthyEnded).toBeLessThanOrEqual(soon.healthyEnded);
        expect(previewSettings(hasty, [], gaps.toReversed())).toEqual(soon);
        expect(soon).toMatchObject({ heartbeatBoundMs: heartbeatBoundMs(hasty), gapsReplayed: gaps.length });
        expect(soon.healthyEnded).toBe(
          gaps.filter(({ silenceMs, outcome }) => outcome === "answered" && silenceMs >= heartbeatSoonestMs(hasty)).length,
        );
      }),
      100,
    );
  });

  it("SET4 replays the silences that were refuted and those that ended a session, seen since the start", async () => {
    const { waitWhile, clock, join, keeper } = createTestBench({ settings: { sessionTimeoutMs: 3_600_000 } });
    const slow = await join({ mute: true });
    await waitWhile(() => slow.session.snapshot().misses === 0);
    slow.connection.received(4);
    await join({ mute: true });
    await clock.advanceAsync(91_000, 500);
    const preview = keeper.preview(settings);
    expect(preview.gapsReplayed).toBeGreaterThanOrEqual(2);
    expect(preview).toMatchObject({ healthyEnded: 1 });
    expect(preview.endsSooner).toBeGreaterThanOrEqual(1);
  });

  it("SET4 keeps the latest 10,000 silences", () => {
    const gaps = new RecentGaps();
    for (let silenceMs = 0; silenceMs < 10_005; silenceMs += 1) gaps.add({ silenceMs, outcome: "answered" });
    const kept = gaps.all().map(({ silenceMs }) => silenceMs);
    expect(kept).toHaveLength(10_000);
    expect([Math.min(...kept), Math.max(...kept)]).toEqual([5, 10_004]);
  });
});
