import { describe, expect, it } from "vitest";
import {
  deathOf,
  decideHeartbeat,
  firstBeatDelayMs,
  type HeartbeatVerdict,
  nextBeatDueMs,
  rescheduledDueMs,
} from "../rules/heartbeat.ts";
import { createTestBench } from "../testing/bench.ts";
import { sampleBeat } from "../testing/sampleRecords.ts";

const INTERVAL = 30_000;
const PONG = 20_000;

describe("the decision", () => {
  const limits = { maxFailures: 3, pauses: 0, askMs: 0 };
  const outstanding = { ...sampleBeat(0), sentMs: 1_000, limitMs: PONG };
  const cases: [string, Parameters<typeof decideHeartbeat>, HeartbeatVerdict][] = [
    ["HB1 nothing before the beat is due", [sampleBeat(30_000), 29_999, limits], "wait"],
    ["HB1 a beat when it is due", [sampleBeat(30_000), 30_000, limits], "send"],
    ["HB3 patience within the pong timeout", [outstanding, 20_999, limits], "wait"],
    ["HB3 a miss at the pong timeout", [outstanding, 21_000, limits], "miss"],
    ["HB5 death at the last miss allowed", [{ ...outstanding, misses: 2 }, 21_000, limits], "dead"],
    ["HB5 death at the first miss when one is allowed", [outstanding, 21_000, { ...limits, maxFailures: 1 }], "dead"],
    [
      "TIM3 a beat that saw a pause is renewed, not judged",
      [{ ...outstanding, misses: 2 }, 21_000, { ...limits, pauses: 1 }],
      "renew",
    ],
    [
      "TO4 a third pause does not excuse a client that left two renewed beats unanswered",
      [{ ...outstanding, renewals: 2 }, 21_000, { ...limits, pauses: 1 }],
      "miss",
    ],
    ["HB6 the limit it was sent under", [{ ...outstanding, limitMs: 60_000 }, 21_000, limits], "wait"],
  ];
  it.each(cases)("%s", (_, args, verdict) => expect(decideHeartbeat(...args)).toBe(verdict));

  it("HB1 draws the first beat from the second half of the interval", () => {
    expect(firstBeatDelayMs(INTERVAL, 0)).toBe(15_000);
    expect(firstBeatDelayMs(INTERVAL, 0.999)).toBeLessThan(30_000);
  });

  it("HB6 brings a beat forward when the interval is shortened, and leaves one that is due soon", () => {
    expect(rescheduledDueMs(100_000, 40_000, { intervalMs: 10_000, random: 0.25 })).toBe(42_500);
    expect(rescheduledDueMs(45_000, 40_000, { intervalMs: 10_000, random: 0.25 })).toBe(45_000);
  });
});

describe("the beat after an answer", () => {
  it.each([
    ["HB1 comes one interval after the answered one", 1_000, 1_050, 31_000],
    ["HB1 however late the answer was", 1_000, 20_900, 31_000],
    ["HB6 is drawn within the new interval when that time has already passed", 1_000, 41_000, 48_500],
    ["HB6 is drawn within the new interval when that time is now", 1_000, 31_000, 38_500],
  ])("%s", (_, sentMs, nowMs, dueMs) => {
    expect(nextBeatDueMs(sentMs, nowMs, { intervalMs: INTERVAL, random: { float: () => 0.25 } })).toBe(dueMs);
  });

  it("HB5 the reason for a death depends on whether the transport answered", () => {
    expect(deathOf({ ...sampleBeat(0), transportAnswered: true })).toBe("unresponsive");
    expect(deathOf(sampleBeat(0))).toBe("unreachable");
  });
});

describe("in a running keeper", () => {
  it("HB1 beats once every interval, the first in its second half", async () => {
    const { clock, join } = createTestBench();
    const { socket } = await join();
    clock.advance(INTERVAL / 2 - 200);
    expect(socket.count("heartbeat")).toBe(0);
    clock.advance(INTERVAL / 2 + 200);
    expect(socket.count("heartbeat")).toBe(1);
    clock.advance(10 * INTERVAL - 60_000 - INTERVAL);
    expect(socket.count("heartbeat")).toBeGreaterThanOrEqual(4);
  });

  it("HB1 spreads the beats of sessions that arrive together over half an interval", async () => {
    const { clock, join } = createTestBench({ settings: { maxSessions: 1_000 } });
    const clients = await Promise.all(Array.from({ length: 500 }, () => join()));
    clock.advance(INTERVAL / 2);
    const perSecond: number[] = [];
    let before = 0;
    for (let second = 0; second < 15; second += 1) {
      clock.advance(1_000);
      const sent = clients.reduce((sum, { socket }) => sum + socket.count("heartbeat"), 0);
      perSecond.push(sent - before);
      before = sent;
    }
    expect(before).toBeGreaterThanOrEqual(498);
    expect(Math.max(...perSecond)).toBeLessThan(80);
  });

  it("HB2 accepts any application frame as an answer and keeps 32 round-trip times", async () => {
    const { clock, join } = createTestBench({ settings: { sessionTimeoutMs: 86_000_000 } });
    const { socket, connection, session } = await join({ mute: true });
    const pending: (() => void)[] = [];
    socket.onHeartbeat = () => pending.push(() => connection.received(120));
    for (let beat = 0; beat < 40; beat += 1) {
      clock.advance(INTERVAL);
      clock.advance(100);
      for (const answer of pending.splice(0)) answer();
    }
    expect(session.snapshot().beats).toHaveLength(32);
    expect(session.snapshot().misses).toBe(0);
    expect(session.state).toBe("active");
  });

  it("HB3 logs each miss, sends another beat at once and pings the transport", async () => {
    const { clock, join, logged, story } = createTestBench();
    const { socket, session } = await join({ mute: true });
    clock.advance(INTERVAL + PONG);
    expect(socket.calls.slice(0, 3)).toEqual(["heartbeat", "heartbeat", "ping"]);
    expect(logged).toContain(`warn Heartbeat failed for ${session.id} (1/3): no answer within 20 s`);
    expect(session.snapshot().suspect).toBe(true);
    expect(story(session.id)).toEqual(["suspect"]);
  });

  it("HB4 clears the misses on any frame and writes the refutation", async () => {
    const { clock, join, story, keeper } = createTestBench();
    const { connection, session } = await join({ mute: true });
    clock.advance(INTERVAL + 2 * PONG);
    expect(session.snapshot().misses).toBeGreaterThan(0);
    connection.received(10);
    expect(session.snapshot()).toMatchObject({ misses: 0, suspect: false });
    expect(story(session.id).at(-1)).toBe("refuted");
    expect(keeper.stats().suspect).toBe(0);
  });

  it("HB5 ends a client as unreachable within the bound when nothing answers", async () => {
    const { clock, join, ledger, logged } = createTestBench();
    const { session, socket } = await join({ mute: true });
    await clock.advanceAsync(91_000);
    const ended = ledger.entry(session.id)?.ended;
    expect(ended).toMatchObject({ reason: "unreachable", tier: "heartbeat", misses: 3, closeCode: 4001 });
    expect(ended?.detectionMs).toBeLessThanOrEqual(90_100);
    expect(ended?.detectionMs).toBeGreaterThanOrEqual(60_000);
    expect(logged).toContain(`error Max heartbeat failures reached for ${session.id}, disconnecting`);
    expect(socket.closedWith?.code).toBe(4001);
  });

  it("HB5 ends a client as unresponsive when its transport still answers pings", async () => {
    const { clock, join, ledger } = createTestBench();
    const { session, socket, connection } = await join({ mute: true });
    socket.onPing = () => connection.ponged();
    await clock.advanceAsync(91_000);
    expect(ledger.entry(session.id)?.ended).toMatchObject({ reason: "unresponsive", closeCode: 4002 });
  });

  it("HB5 does not let protocol pongs clear misses or keep a session alive", async () => {
    const { clock, join, ledger } = createTestBench();
    const { session, connection } = await join({ mute: true });
    for (let second = 0; second < 91; second += 1) {
      await clock.advanceAsync(1_000, 1_000);
      connection.ponged();
    }
    expect(ledger.entry(session.id)?.ended?.reason).toBe("unresponsive");
  });

  it("HB5 counts a client that returns after its death as a false positive", async () => {
    const { clock, join, keeper, story } = createTestBench();
    const first = await join({ mute: true });
    await clock.advanceAsync(91_000);
    const second = await join({ resume: { sessionId: first.session.id, token: first.token } });
    expect(second.session.id).not.toBe(first.session.id);
    expect(keeper.stats().falsePositives).toBe(1);
    expect(story(second.session.id)).toEqual(["came_back"]);
  });
});
