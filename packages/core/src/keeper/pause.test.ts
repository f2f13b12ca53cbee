import { expect, it } from "vitest";
import { createTestBench } from "../testing/bench.ts";

it("TIM1 time during which the server was not listening never counts against a client", async () => {
  const { clock, join, engine, ledger } = createTestBench();
  const { session } = await join();
  clock.advance(1_000);
  const before = engine.observed.nowMs;
  clock.pause(600_000);
  clock.advance(1_000);
  expect(engine.observed.nowMs - before).toBeLessThanOrEqual(1_200);
  await clock.advanceAsync(120_000, 1_000);
  expect(session.state).toBe("active");
  expect(ledger.entry(session.id)?.ended).toBe(null);
});

it("TIM2 counts, logs and writes a pause with its length", async () => {
  const { clock, join, keeper, logged, serverEvents } = createTestBench();
  await join();
  clock.advance(1_000);
  clock.pause(10_000);
  clock.advance(200);
  expect(keeper.stats().pauses).toMatchObject({ count: 1 });
  expect(keeper.stats().pauses.totalMs).toBeGreaterThan(9_800);
  expect(serverEvents()).toEqual([{ type: "pause", pausedMs: expect.closeTo(9_900, -2), sessions: 1, outstanding: 1 }]);
  expect(logged.some((line) => /^warn Server paused for 9\d{3} ms/.test(line))).toBe(true);
});

it("TIM2 reads pending input before any verdict after a pause", async () => {
  const { clock, join } = createTestBench({
    settings: { heartbeatIntervalMs: 1_000, heartbeatPongTimeoutMs: 200, heartbeatMaxFailures: 1 },
  });
  const { session, socket, connection } = await join({ mute: true });
  while (socket.count("heartbeat") === 0) clock.advance(100);
  clock.advance(100);
  clock.onInput = () => connection.received(4);
  // Late, but not late enough for a pause: the verdict is due in this very tick.
  clock.pause(900);
  clock.advance(100);
  expect(session.state).toBe("active");
  expect(session.snapshot().misses).toBe(0);
});

it("TIM3 does not judge a heartbeat that was outstanding during a pause: a fresh one is sent", async () => {
  const { clock, join, ledger } = createTestBench({ settings: { heartbeatMaxFailures: 1 } });
  const { session, socket } = await join({ mute: true });
  while (socket.count("heartbeat") === 0) clock.advance(100);
  clock.pause(10_000);
  await clock.advanceAsync(20_000);
  expect(session.state).toBe("active");
  expect(socket.count("heartbeat")).toBe(2);
  expect(session.snapshot().beats).toEqual([-1]);
  await clock.advanceAsync(20_200);
  expect(ledger.entry(session.id)?.ended).toMatchObject({ reason: "unreachable", pauses: 1, lateCause: "pause" });
});

it("TIM2 a pause appears in every beat history at once, and the client is told once, with the next heartbeat", async () => {
  const { clock, join, keeper } = createTestBench();
  const { session, socket, connection } = await join();
  const answer = () => connection.received(4);
  const early = socket.count("heartbeat");
  while (socket.count("heartbeat") === early) clock.advance(100);
  answer();
  clock.advance(1_000);
  expect(session.snapshot().beats).toHaveLength(1);
  clock.pause(10_000);
  clock.advance(200);
  // No beat was outstanding, so none is renewed; the history shows the pause nevertheless.
  expect(session.snapshot().beats.at(-1)).toBe(-1);
  expect(socket.notices).toEqual([]);
  const before = socket.count("heartbeat");
  while (socket.count("heartbeat") === before) clock.advance(100);
  expect(socket.notices).toEqual([{ type: "paused" }]);
  answer();
  clock.advance(65_000);
  expect(session.snapshot().beats.filter((beat) => beat === -1)).toHaveLength(1);
  expect(socket.notices.filter(({ type }) => type === "paused")).toHaveLength(1);

  const late = await join();
  expect(keeper.stats().pauses.count).toBe(1);
  await clock.advanceAsync(31_000);
  expect(late.session.snapshot().beats).not.toContain(-1);
});

it("TIM4 wall-clock jumps change no verdict", async () => {
  const { clock, join, ledger } = createTestBench();
  const alive = await join();
  const dead = await join({ mute: true });
  clock.jumpWall(86_400_000);
  await clock.advanceAsync(50_000);
  clock.jumpWall(-2 * 86_400_000);
  await clock.advanceAsync(41_000);
  expect(alive.session.state).toBe("active");
  const ended = ledger.entry(dead.session.id)?.ended;
  expect(ended?.reason).toBe("unreachable");
  expect(ended?.detectionMs).toBeLessThanOrEqual(90_100);
});
