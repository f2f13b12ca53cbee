import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RecentSilences } from "../keeper/recent.ts";
import { heartbeatBoundMs, heartbeatSoonestMs } from "../settings/bounds.ts";
import { defaultSettings, resolveSettings } from "../settings/settings.ts";
import { heartbeatSettings } from "../testing/arbitraries.ts";
import { createTestBench } from "../testing/bench.ts";
import { holds } from "../testing/property.ts";
import { type PreviewSession, previewSettings, type RecordedSilence, type SettingsEffect } from "./preview.ts";

const live = (effect: Partial<SettingsEffect> = {}): PreviewSession => ({
  id: "session_a",
  effect: { beats: true, driven: false, unwarned: false, timeout: "none", beat: "wait", keepsLimit: false, ...effect },
});

describe("the live sessions", () => {
  it.each([
    ["a miss", { beat: "miss" }, "wouldBeSuspect"],
    ["the last miss", { beat: "dead" }, "wouldBeDead"],
    ["a warning", { timeout: "warn_idle" }, "wouldBeWarned"],
    ["a warning that is withdrawn", { unwarned: true }, "wouldBeUnwarned"],
    ["an idle end", { timeout: "idle" }, "wouldBeIdle"],
    ["old age", { timeout: "lifetime_reached" }, "wouldBeTooOld"],
    ["nothing", {}, null],
  ] as const)("SET4 %s is said, and nothing else", (_, effect, list) => {
    const preview = previewSettings(defaultSettings, [live(effect)], []);
    const told = Object.entries(preview).filter(([, value]) => Array.isArray(value) && value.length > 0);
    expect(told).toEqual(list === null ? [] : [[list, ["session_a"]]]);
  });

  it("SET4 HB6 an outstanding beat older than the new limit makes no session suspect", async () => {
    const { waitWhile, clock, join, keeper, story } = createTestBench({ settings: { sessionTimeoutMs: 3_600_000 } });
    const { session, socket } = await join({ mute: true });
    await waitWhile(() => socket.count("heartbeat") === 0);
    clock.advance(10_000);
    const hasty = { ...keeper.settings, heartbeatIntervalMs: 5_000, heartbeatPongTimeoutMs: 4_000 };
    expect(keeper.preview(hasty)).toMatchObject({ wouldBeSuspect: [], wouldBeDead: [], protectedBeats: 1 });
    keeper.applySettings(hasty, { revision: 1, author: "grace" });
    await clock.advanceAsync(200);
    expect(story(session.id)).toEqual([]);
  });

  it("SET4 TO2 a session inactive for longer than the new timeout is warned, not ended", async () => {
    const { clock, join, keeper, story } = createTestBench();
    const { session } = await join();
    await clock.advanceAsync(100_000, 1_000);
    const hasty = { ...keeper.settings, sessionTimeoutMs: 60_000 };
    expect(keeper.preview(hasty)).toMatchObject({ wouldBeIdle: [], wouldBeWarned: [session.id] });
    keeper.applySettings(hasty, { revision: 1, author: "grace" });
    await clock.advanceAsync(200);
    expect([session.state, story(session.id)]).toEqual(["active", ["idle_warned"]]);
  });

  it("SET4 counts no heartbeats of suspended or ending sessions", async () => {
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
    "SET4 of %d sessions with an interval of %d ms is %d beats and %d bytes per second",
    (count, heartbeatIntervalMs, beats, bytes) => {
      const sessions = Array.from({ length: count }, () => live());
      const settings = { ...defaultSettings, heartbeatIntervalMs, heartbeatPongTimeoutMs: 5_000 };
      expect(previewSettings(settings, sessions, [])).toMatchObject({ heartbeatsPerSecond: beats, bytesPerSecond: bytes });
    },
  );
});

describe("the replay", () => {
  // 3 × 5 s at the earliest, 10 + 15 + 0.1 s at the latest.
  const settings = resolveSettings({ heartbeatIntervalMs: 10_000, heartbeatPongTimeoutMs: 5_000 });
  it.each([
    ["an end that would not have come sooner", { silenceMs: 25_100, outcome: "ended" }, [0, 0]],
    ["an end that would", { silenceMs: 25_101, outcome: "ended" }, [1, 0]],
    ["an answer in time", { silenceMs: 14_999, outcome: "answered" }, [0, 0]],
    ["an answer too late", { silenceMs: 15_000, outcome: "answered" }, [0, 1]],
  ] as const)("SET4 %s", (_, silence, [endsSooner, healthyEnded]) => {
    expect(previewSettings(settings, [], [silence])).toMatchObject({ endsSooner, healthyEnded, silencesReplayed: 1 });
  });

  it("SET4 more patient settings never end more sessions or sooner, and the order of the silences does not matter", () => {
    const silence = fc.record({
      silenceMs: fc.nat(100_000),
      outcome: fc.constantFrom("answered", "ended"),
    }) as fc.Arbitrary<RecordedSilence>;
    const chosen = heartbeatSettings({ maxIntervalMs: 30_000, maxFailures: 5 });
    holds(
      fc.property(chosen, fc.array(silence), fc.nat(10_000), (hasty, silences, more) => {
        const patient = { ...hasty, heartbeatPongTimeoutMs: hasty.heartbeatPongTimeoutMs + more };
        const [soon, late] = [previewSettings(hasty, [], silences), previewSettings(patient, [], silences)];
        expect(late.endsSooner).toBeLessThanOrEqual(soon.endsSooner);
        expect(late.healthyEnded).toBeLessThanOrEqual(soon.healthyEnded);
        expect(previewSettings(hasty, [], silences.toReversed())).toEqual(soon);
        expect(soon).toMatchObject({ heartbeatBoundMs: heartbeatBoundMs(hasty), silencesReplayed: silences.length });
        expect(soon.healthyEnded).toBe(
          silences.filter(({ silenceMs, outcome }) => outcome === "answered" && silenceMs >= heartbeatSoonestMs(hasty)).length,
        );
      }),
      100,
    );
  });

  it("SET4 replays the silences since the start, both those refuted and those that ended a session", async () => {
    const { waitWhile, clock, join, keeper } = createTestBench({ settings: { sessionTimeoutMs: 3_600_000 } });
    const slow = await join({ mute: true });
    await waitWhile(() => slow.session.snapshot().misses === 0);
    slow.connection.received(4);
    await join({ mute: true });
    await clock.advanceAsync(91_000, 500);
    const preview = keeper.preview(settings);
    expect(preview.silencesReplayed).toBeGreaterThanOrEqual(2);
    expect(preview).toMatchObject({ healthyEnded: 1 });
    expect(preview.endsSooner).toBeGreaterThanOrEqual(1);
  });

  it("SET4 keeps the latest 10,000 silences", () => {
    const silences = new RecentSilences();
    for (let silenceMs = 0; silenceMs < 10_005; silenceMs += 1) silences.add({ silenceMs, outcome: "answered" });
    const kept = silences.all().map(({ silenceMs }) => silenceMs);
    expect(kept).toHaveLength(10_000);
    expect([Math.min(...kept), Math.max(...kept)]).toEqual([5, 10_004]);
  });
});
