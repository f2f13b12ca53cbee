/** Clients that send heartbeats by a timer of their own. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { askDueMs, decideHeartbeat, type HeartbeatVerdict, latenessMs, rescheduledAskMs } from "../rules/heartbeat.ts";
import { heartbeatBoundMs, wholeTicks } from "../settings/bounds.ts";
import { defaultSettings, resolveSettings } from "../settings/settings.ts";
import { heartbeatSettings } from "../testing/arbitraries.ts";
import { type Client, createTestBench, type TestBench } from "../testing/bench.ts";
import { holdsAsync } from "../testing/property.ts";
import { sampleDrivenBeat } from "../testing/sampleRecords.ts";

const INTERVAL = 30_000;
const PONG = 20_000;
const LATE = 5_000;
const drives = { beats: "client", mute: true } as const;
const long = { sessionTimeoutMs: 86_000_000, idleWarningMs: 0 };

/** The client beats `times` times, once every `everyMs`. */
async function beat({ clock }: TestBench, { connection }: Client, times: number, everyMs = INTERVAL): Promise<void> {
  for (let beats = 0; beats < times; beats += 1) {
    await clock.advanceAsync(everyMs, 1_000);
    connection.received(4);
  }
}

describe("the decision", () => {
  const limits = { maxFailures: 3, pauses: 0, askMs: 65_000 };
  const asked = { ...sampleDrivenBeat(35_000), sentMs: 30_000, limitMs: PONG };
  const cases: [string, Parameters<typeof decideHeartbeat>, HeartbeatVerdict][] = [
    ["HB10 nothing before it is time to look", [sampleDrivenBeat(35_000), 34_999, limits], "wait"],
    ["HB10 no question to a client heard since", [sampleDrivenBeat(35_000), 35_000, limits], "heard"],
    ["HB10 a question when nothing was heard", [sampleDrivenBeat(35_000), 35_000, { ...limits, askMs: 35_000 }], "send"],
    ["HB10 patience with the question", [asked, 49_999, limits], "wait"],
    ["HB10 a miss one pong timeout after its own beat was due", [asked, 50_000, limits], "miss"],
  ];
  it.each(cases)("%s", (_, args, verdict) => expect(decideHeartbeat(...args)).toBe(verdict));

  it.each([
    ["a quarter of the pong timeout", 20_000, 100, 5_000],
    ["whole ticks only", 3_000, 100, 700],
    ["nothing where that is less than a tick", 300, 100, 0],
  ])("HB10 a beat may be late by %s", (_, heartbeatPongTimeoutMs, tickMs, late) => {
    expect(latenessMs({ ...defaultSettings, heartbeatPongTimeoutMs, tickMs })).toBe(late);
    expect(askDueMs(1_000, { ...defaultSettings, heartbeatPongTimeoutMs, tickMs })).toBe(1_000 + INTERVAL + late);
  });

  it.each([
    ["of a beat that is not due yet follows the new interval", 100_000, 95_000, 130_000],
    ["of a beat that is due by the new interval is one interval from now", 170_000, 60_000, 135_000],
    ["is not put off by one change after another", 101_000, 60_000, 101_000],
  ])("HB10 HB6 after a change of settings the question %s", (_, dueMs, seenMs, at) => {
    expect(rescheduledAskMs(dueMs, seenMs, { nowMs: 100_000, settings: defaultSettings })).toBe(at);
  });
});

describe("in a running keeper", () => {
  it("HB10 sends nothing to a client that beats, and keeps its beats", async () => {
    const bench = createTestBench({ settings: long });
    const client = await bench.join(drives);
    await beat(bench, client, 10);
    await bench.clock.advanceAsync(LATE + 100);
    expect(client.socket.calls).toEqual([]);
    expect(client.session.snapshot()).toMatchObject({ misses: 0, beats: new Array(10).fill(-2) });
    expect(client.session.lastRoundTripMs).toBeNull();
    expect(bench.keeper.stats().heartbeatsSent).toBe(0);
  });

  it("HB10 asks once when the beat is late, and the answer has a round trip", async () => {
    const bench = createTestBench({ settings: long });
    const { clock } = bench;
    const client = await bench.join(drives);
    await beat(bench, client, 3);
    await clock.advanceAsync(INTERVAL + LATE - 100, 1_000);
    expect(client.socket.count("heartbeat")).toBe(0);
    await clock.advanceAsync(100);
    expect(client.socket.count("heartbeat")).toBe(1);
    await clock.advanceAsync(70);
    client.connection.received(4);
    await beat(bench, client, 3);
    expect(client.socket.calls).toEqual(["heartbeat"]);
    expect(client.session.snapshot().beats.filter((each) => each !== -2)).toEqual([70]);
  });

  it("HB10 HB3 HB5 asks, misses and ends a silent client when it would have if the beats were the server's", async () => {
    const { clock, join, ledger, story } = createTestBench({ settings: long });
    const { session, socket } = await join(drives);
    await clock.advanceAsync(INTERVAL + PONG - 100, 1_000);
    expect([socket.calls, story(session.id)]).toEqual([["heartbeat"], []]);
    await clock.advanceAsync(100);
    expect([socket.calls, story(session.id)]).toEqual([["heartbeat", "heartbeat", "ping"], ["suspect"]]);
    await clock.advanceAsync(2 * PONG + 100, 1_000);
    const ended = ledger.entry(session.id)?.ended;
    expect(ended).toMatchObject({ reason: "unreachable", misses: 3, lateCause: null, detectionMs: INTERVAL + 3 * PONG });
  });

  it("HB10 a hidden page whose timer is slowed to once a minute is asked once per interval and never suspected", async () => {
    const bench = createTestBench({ settings: long });
    const client = await bench.join({ beats: "client" });
    await beat(bench, client, 30, 60_000);
    expect(client.socket.count("heartbeat")).toBe(30);
    expect(bench.story(client.session.id)).toEqual([]);
  });

  it("HB10 TIM3 beats that waited while the server was paused are read before anybody is asked", async () => {
    const bench = createTestBench({ settings: long });
    const { clock } = bench;
    const client = await bench.join(drives);
    await beat(bench, client, 2);
    await clock.advanceAsync(INTERVAL + LATE - 200, 1_000);
    clock.onInput = () => client.connection.received(4);
    clock.pause(40_000);
    await clock.advanceAsync(1_000);
    clock.onInput = () => {};
    await beat(bench, client, 1);
    await clock.advanceAsync(LATE + 1_000, 1_000);
    expect(client.socket.calls).toEqual(["notice:paused"]);
    expect(client.session.snapshot().beats).toEqual([-2, -2, -1, -2, -2]);
  });

  it("HB10 HB6 a shorter interval asks nobody who follows it, and judges silence from the change on", async () => {
    const bench = createTestBench({ settings: long });
    const { clock, keeper, ledger } = bench;
    const [follower, silent] = [await bench.join(drives), await bench.join(drives)];
    await clock.advanceAsync(20_000, 1_000);
    const shorter = { ...keeper.settings, heartbeatIntervalMs: 4_000, heartbeatPongTimeoutMs: 2_000 };
    keeper.applySettings(shorter, { revision: 1, author: "ada" });
    await beat(bench, follower, 5, 4_000);
    expect(follower.socket.calls).toEqual(["notice:terms"]);
    const ended = ledger.entry(silent.session.id)?.ended;
    expect(ended).toMatchObject({ reason: "unreachable", lateCause: "settings", detectionMs: 20_000 + 4_000 + 3 * 2_000 });
  });

  it("HB10 HB6 a longer interval asks nobody sooner than that", async () => {
    const bench = createTestBench({
      settings: { ...long, heartbeatIntervalMs: 4_000, heartbeatPongTimeoutMs: 2_000, keepaliveMs: 0 },
    });
    const client = await bench.join(drives);
    bench.keeper.applySettings({ ...bench.keeper.settings, heartbeatIntervalMs: 60_000 }, { revision: 1, author: "ada" });
    await beat(bench, client, 3, 60_000);
    expect(client.socket.calls).toEqual(["notice:terms"]);
  });

  it("HB10 SES5 each connection says anew who drives", async () => {
    const bench = createTestBench({ settings: { ...long, resumeGraceMs: 60_000 } });
    const first = await bench.join(drives);
    first.connection.closed(1006, "");
    const second = await bench.join({ resume: { sessionId: first.session.id, token: first.token } });
    await bench.clock.advanceAsync(3 * INTERVAL, 1_000);
    expect(second.socket.count("heartbeat")).toBeGreaterThanOrEqual(2);
    const third = await bench.join({ ...drives, resume: { sessionId: second.session.id, token: second.token } });
    await beat(bench, third, 3);
    expect(third.socket.count("heartbeat")).toBe(0);
  });

  it("HB10 SOC4 what a client sends keeps its connection open; only silence both ways is broken by a ping", async () => {
    const settings = { ...long, heartbeatIntervalMs: 120_000, keepaliveMs: 45_000 };
    const bench = createTestBench({ settings });
    const client = await bench.join(drives);
    await beat(bench, client, 6, 40_000);
    expect(client.socket.calls).toEqual([]);
    await bench.clock.advanceAsync(45_100, 1_000);
    expect(client.socket.calls).toEqual(["keep_open"]);
  });

  it("HB10 SOC4 a late beat of the client's own leaves its connection silent for no longer than the keepalive", async () => {
    const bench = createTestBench({ settings: { ...long, heartbeatIntervalMs: 45_000, keepaliveMs: 45_000 } });
    const { socket } = await bench.join(drives);
    await bench.clock.advanceAsync(45_100, 1_000);
    expect(socket.calls).toEqual(["keep_open"]);
    await bench.clock.advanceAsync(LATE, 1_000);
    expect(socket.calls).toEqual(["keep_open", "heartbeat"]);
  });

  it("HB10 SET4 the preview counts no questions for clients that drive", async () => {
    const bench = createTestBench();
    await bench.join(drives);
    await bench.join();
    const rate = 1_000 / INTERVAL;
    expect(bench.keeper.preview(bench.keeper.settings)).toMatchObject({
      heartbeatsPerSecond: 2 * rate,
      bytesPerSecond: expect.closeTo((16 + 10) * rate),
    });
  });
});

it("HB10 HB5 a client that drives is declared dead within the bound, whatever the settings and the time of death", async () => {
  const chosen = heartbeatSettings({ maxIntervalMs: 4_000, maxFailures: 4 }, { ...long, maxSessions: 50 });
  await holdsAsync(
    fc.asyncProperty(chosen, fc.nat(5), fc.nat(99), async (values, beats, percent) => {
      const bench = createTestBench({ settings: values });
      const { clock, ledger } = bench;
      const client = await bench.join(drives);
      const { heartbeatIntervalMs, heartbeatMaxFailures, heartbeatPongTimeoutMs, tickMs } = values;
      await beat(bench, client, beats, Math.ceil((heartbeatIntervalMs * (50 + percent / 2)) / 100));
      await clock.advanceAsync(heartbeatBoundMs(values) + 10_000, 5_000);
      const ended = ledger.entry(client.session.id)?.ended;
      expect(ended).toMatchObject({ reason: "unreachable", misses: heartbeatMaxFailures, lateCause: null });
      expect(ended?.detectionMs).toBeLessThanOrEqual(heartbeatBoundMs(values));
      const soonestMs = heartbeatIntervalMs + heartbeatMaxFailures * wholeTicks(heartbeatPongTimeoutMs, tickMs) - tickMs;
      expect(ended?.detectionMs).toBeGreaterThanOrEqual(soonestMs);
    }),
    60,
  );
}, 30_000);

it("HB10 a hello whose beats mean nothing leaves them to the server", async () => {
  const bench = createTestBench({ settings: resolveSettings(long) });
  const { socket } = await bench.join({ beats: "sometimes" as "client" });
  await bench.clock.advanceAsync(2 * INTERVAL, 1_000);
  expect(socket.count("heartbeat")).toBeGreaterThanOrEqual(1);
});
