import { describe, expect, it } from "vitest";
import { createClientConnection } from "./clientConnection.ts";
import { asksWithBeat, doubtAtMs } from "./silence.ts";
import { createFakeClientClock, createFakeDial, heartbeatTerms, welcomeOf } from "./testing.ts";

const { intervalMs } = heartbeatTerms;

function setUp({ random = 0.5, drives = true } = {}) {
  const clock = createFakeClientClock();
  const fake = createFakeDial({ drives });
  const connection = createClientConnection({ dial: fake.dial, clock, random: () => random });
  connection.start();
  fake.last().listener.welcomed(welcomeOf("session_1"));
  /** The server answers whatever asks it, at once. */
  const answer = () => {
    const { beats, listener } = fake.last();
    const push = beats.push.bind(beats);
    beats.push = (asks: boolean) => {
      if (asks) listener.heard();
      return push(asks);
    };
  };
  const terms = (heartbeat: typeof heartbeatTerms) =>
    fake.last().listener.noticed({ type: "terms", heartbeat, idle: { timeoutMs: 1, warningMs: 1 }, settingsRevision: 2 });
  return { clock, ...fake, connection, answer, terms };
}

describe("a client's own heartbeats", () => {
  it.each([
    [0, 15_000],
    [0.5, 22_500],
    [0.999, 29_985],
  ])("HB10 begin in the second half of the interval (drawn %d)", (random, firstMs) => {
    const { clock, last } = setUp({ random });
    clock.advance(firstMs - 1);
    expect(last().beats).toHaveLength(0);
    clock.advance(1);
    expect(last().beats).toHaveLength(1);
  });

  it("HB10 come once per interval by one timer, ask only as often as the bound demands, and keep the connection", () => {
    const { clock, last, answer, connection } = setUp();
    answer();
    clock.advance(22_500 + 99 * intervalMs);
    expect(last().beats).toHaveLength(100);
    // Every second one: two intervals and a pong timeout fit into the bound, three do not.
    expect(last().beats.filter((asks) => asks)).toHaveLength(50);
    expect([connection.state.name, last().probes]).toEqual(["connected", 0]);
    // One for the connection's deadline, one for the beats.
    expect(clock.timers).toBe(2);
  });

  it("HB10 wait for an interval after any frame that was sent", () => {
    const { clock, last } = setUp({ random: 0 });
    for (let frames = 0; frames < 20; frames += 1) {
      clock.advance(10_000);
      last().listener.heard();
      last().listener.sent();
    }
    expect(last().beats).toEqual([]);
    clock.advance(intervalMs);
    expect(last().beats).toHaveLength(1);
  });

  it("HB10 HB6 follow a new interval, and a shorter one at a random time within it", () => {
    const { clock, last, terms } = setUp({ random: 0.25 });
    clock.advance(17_000);
    terms({ ...heartbeatTerms, intervalMs: 8_000, boundMs: 69_000 });
    clock.advance(1_999);
    expect(last().beats).toEqual([]);
    clock.advance(1);
    expect(last().beats).toHaveLength(1);
    clock.advance(8_000);
    expect(last().beats).toHaveLength(2);
    terms({ ...heartbeatTerms, intervalMs: 60_000, boundMs: 121_000 });
    clock.advance(59_999);
    expect(last().beats).toHaveLength(2);
    clock.advance(1);
    expect(last().beats).toHaveLength(3);
  });

  it("HB10 HB7 a server that answers none of them is given up at the bound", () => {
    const { clock, last, connection } = setUp();
    clock.advance(heartbeatTerms.boundMs - 1);
    expect(last().beats).toContain(true);
    expect(connection.state).toMatchObject({ name: "checking", why: "silence" });
    expect(last().probes).toBe(1);
    clock.advance(1);
    expect(connection.state).toMatchObject({ name: "waiting", loss: { cause: "silent" } });
    clock.advance(10_000);
    expect(last().beats).toHaveLength(0);
  });

  it("HB10 a hidden page's slowed timer keeps beating and asking", () => {
    const { clock, last, answer, connection } = setUp();
    answer();
    clock.throttle(30 * 60_000, 60_000);
    expect(last().beats.length).toBeGreaterThanOrEqual(28);
    expect(last().beats.every((asks) => asks)).toBe(true);
    expect(connection.state.name).toBe("connected");
  });

  it("HB10 stop with the connection", () => {
    const { clock, connection, last } = setUp();
    connection.leave();
    clock.advance(10 * intervalMs);
    expect([last().beats, clock.timers]).toEqual([[], 0]);
  });

  it("HB10 are not sent by a link that has none", () => {
    const { clock, connection } = setUp({ drives: false });
    expect(clock.timers).toBe(1);
    clock.advance(51_000);
    expect(connection.state.name).toBe("checking");
  });
});

it.each([
  ["the defaults", { intervalMs: 30_000, pongTimeoutMs: 20_000, maxFailures: 3, boundMs: 90_100 }, 70_100, [false, true]],
  ["one miss allowed", { intervalMs: 30_000, pongTimeoutMs: 20_000, maxFailures: 1, boundMs: 50_100 }, 50_000, [true, true]],
  [
    "many misses allowed",
    { intervalMs: 10_000, pongTimeoutMs: 10_000, maxFailures: 20, boundMs: 210_100 },
    200_100,
    [false, false],
  ],
])("HB10 HB7 with %s a client that drives asks in time, and doubts when that is not answered", (_, terms, doubt, asks) => {
  expect(doubtAtMs(0, terms, true)).toBe(doubt);
  expect([1, 2].map((beat) => asksWithBeat(0, beat * terms.intervalMs, terms))).toEqual(asks);
});
