/** Bugs found by the simulation, each as a minimal reproduction. */
import { expect, it } from "vitest";
import { silentLog } from "../ports/log.ts";
import { createMemoryLedger, type MemoryLedger } from "../ports/memoryLedger.ts";
import { createTestBench } from "./bench.ts";
import { createFakeSocket } from "./fakeSocket.ts";
import { settle } from "./virtualClock.ts";

it("TIM2 reads an answer that arrived while the server was busy for less than a tick before it judges", async () => {
  const settings = { tickMs: 1_000, heartbeatPongTimeoutMs: 1_000, heartbeatIntervalMs: 10_000, heartbeatMaxFailures: 1 };
  const { clock, join } = createTestBench({ settings });
  const { session, socket, connection } = await join({ mute: true });
  while (socket.count("heartbeat") === 0) clock.advance(1_000);
  // The answer arrives at once, but is read only after the tick, which is 100 ms late.
  clock.onInput = () => connection.received(4);
  clock.pause(1_100);
  clock.advance(0);
  expect(session.state).toBe("active");
});

it("TIM1 does not judge a beat in the turn that sent it when one tick counts as two", async () => {
  const settings = { tickMs: 1_000, heartbeatPongTimeoutMs: 1_000, heartbeatIntervalMs: 10_000, heartbeatMaxFailures: 1 };
  const { clock, join, keeper } = createTestBench({ settings });
  const { session, socket } = await join();
  for (let beats = 0; beats < 40; beats += 1) {
    const beatInMs = keeper.explain(session.id)?.find(({ kind }) => kind === "heartbeat")?.dueInMs ?? 0;
    clock.advance(Math.max(0, Math.ceil(beatInMs / 1_000) * 1_000 - 1_000));
    const answer = socket.onHeartbeat;
    socket.onHeartbeat = null;
    clock.pause(1_999);
    clock.advance(0);
    expect(session.state).toBe("active");
    answer?.();
    socket.onHeartbeat = answer;
    session.touch();
    await settle();
  }
});

it("HB6 sends the next beat under a shorter interval although the last one was sent under a longer limit", async () => {
  const settings = { heartbeatIntervalMs: 30_000, heartbeatPongTimeoutMs: 20_000 };
  const { clock, join, keeper } = createTestBench({ settings });
  const { socket, connection } = await join({ mute: true });
  while (socket.count("heartbeat") === 0) clock.advance(100);
  const shorter = { ...keeper.settings, heartbeatIntervalMs: 2_000, heartbeatPongTimeoutMs: 1_000 };
  keeper.applySettings(shorter, { revision: 1, author: "ada" });
  connection.received(4);
  clock.advance(2_100);
  expect(socket.count("heartbeat")).toBe(2);
});

it("TO4 the sweep does not report deadlines that a change of settings has just brought forward", async () => {
  const { clock, join, keeper, logged } = createTestBench({ settings: { sweepIntervalMs: 1_000, idleWarningMs: 0 } });
  await join();
  await clock.advanceAsync(59_950);
  keeper.applySettings({ ...keeper.settings, sessionTimeoutMs: 20_000 }, { revision: 1, author: "ada" });
  await clock.advanceAsync(1_000);
  expect(logged.filter((line) => line.includes("was not acted on"))).toEqual([]);
});

it("TO4 HB6 the sweep does not end a client whose beat was sent under an older, longer limit", async () => {
  const settings = { heartbeatIntervalMs: 20_000, heartbeatPongTimeoutMs: 20_000, sweepIntervalMs: 1_000 };
  const { clock, join, keeper, ledger } = createTestBench({ settings });
  const { session, socket } = await join({ mute: true });
  while (socket.count("heartbeat") === 0) clock.advance(100);
  const shorter = { ...keeper.settings, heartbeatIntervalMs: 1_000, heartbeatPongTimeoutMs: 1_000, heartbeatMaxFailures: 2 };
  keeper.applySettings(shorter, { revision: 1, author: "ada" });
  await clock.advanceAsync(19_000);
  expect(session.state).toBe("active");
  await clock.advanceAsync(3_000);
  expect(ledger.entry(session.id)?.ended).toMatchObject({ reason: "unreachable", misses: 2 });
});

it("SES6 still sends the close frame when the notice before it cannot be sent", async () => {
  const { join } = createTestBench();
  const { session, socket } = await join();
  socket.broken = new Error("write EPIPE");
  void session.end();
  expect(socket.closedWith).toMatchObject({ code: 4507 });
});

it("SES6 still closes a refused connection when the notice cannot be sent", () => {
  const { keeper } = createTestBench({ settings: { maxOpening: 1 } });
  const peer = { address: "192.0.2.1", client: "test", transport: "fake" };
  keeper.accept(createFakeSocket(), peer);
  const socket = createFakeSocket();
  socket.broken = new Error("write EPIPE");
  expect(() => keeper.accept(socket, peer)).not.toThrow();
  expect(socket.closedWith).toMatchObject({ code: 1013 });
});

it("HB7 clients and listeners receive the latest settings last, even when a listener changes them meanwhile", async () => {
  const { join, keeper } = createTestBench();
  const [first, second] = [await join(), await join()];
  const heard: number[] = [];
  keeper.on("settings", ({ revision }) => heard.push(revision));
  keeper.on("ending", () => {
    keeper.applySettings({ ...keeper.settings, sessionTimeoutMs: 70_000 }, { revision: 2, author: "ada" });
  });
  first.socket.broken = new Error("write EPIPE");
  keeper.applySettings({ ...keeper.settings, sessionTimeoutMs: 65_000 }, { revision: 1, author: "ada" });
  const told = second.socket.notices.flatMap((notice) => (notice.type === "terms" ? [notice.settingsRevision] : []));
  expect(told).toEqual([2]);
  expect(heard).toEqual([2]);
  expect(keeper.settingsRevision).toBe(2);
});

it("LED7 an end describes the moment of its verdict, although settings and the wall clock change during the release", async () => {
  const { clock, join, keeper, ledger } = createTestBench({ settings: { sessionTimeoutMs: 60_000, idleWarningMs: 0 } });
  const { session } = await join();
  session.own("slow", { [Symbol.asyncDispose]: () => new Promise<void>(() => {}) });
  await clock.advanceAsync(60_100);
  expect(session.state).toBe("ending");
  const before = clock.wallMs();
  keeper.applySettings({ ...keeper.settings, sessionTimeoutMs: 600_000 }, { revision: 1, author: "ada" });
  clock.jumpWall(-3_600_000);
  clock.pause(5_000);
  await clock.advanceAsync(6_000);
  const ended = ledger.entry(session.id)?.ended;
  expect(ended).toMatchObject({
    reason: "idle",
    settingsRevision: 0,
    boundMs: 65_100,
    detectionMs: 60_000,
    pauses: 0,
    lateCause: null,
  });
  expect(before - (ended?.lastActiveAtMs ?? 0)).toBeLessThan(61_000);
});

it("SES8 a rejection returned by the log does not propagate", async () => {
  const error = () => Promise.reject(new Error("the disk is full"));
  const unhandled: unknown[] = [];
  const note = (thrown: unknown) => unhandled.push(thrown);
  process.on("unhandledRejection", note);
  const { join, clock } = createTestBench({ log: { ...silentLog, error } as unknown as typeof silentLog });
  const { session } = await join();
  void session.end();
  await clock.advanceAsync(200);
  session.own("late", { [Symbol.asyncDispose]: () => Promise.reject(new Error("no")) });
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

it("TO4 the sweep does not report deadlines that a change of settings moved after it began", async () => {
  const settings = { sweepIntervalMs: 1_000, sessionTimeoutMs: 20_000, idleWarningMs: 15_000 };
  const { clock, join, keeper, logged } = createTestBench({ settings });
  const { session } = await join();
  await clock.advanceAsync(10_000);
  let heardAtMs = -1;
  clock.onInput = () => {
    // Input is read before the tick's run, and again before the first slice of a sweep.
    if (clock.monotonicMs() === heardAtMs && keeper.settingsRevision === 0)
      keeper.applySettings({ ...keeper.settings, sessionTimeoutMs: 900_000 }, { revision: 1, author: "ada" });
    heardAtMs = clock.monotonicMs();
  };
  await clock.advanceAsync(2_000);
  expect(keeper.settingsRevision).toBe(1);
  expect(session.state).toBe("active");
  expect(logged.filter((line) => line.includes("was not acted on"))).toEqual([]);
});

it("TO2 idleness counts from the welcome, however long the ledger took to record the opening", async () => {
  const memory = createMemoryLedger();
  const { promise, resolve } = Promise.withResolvers<void>();
  const ledger: MemoryLedger = { ...memory, opened: (record) => promise.then(() => memory.opened(record)) };
  const { clock, connect } = createTestBench({ ledger, settings: { sessionTimeoutMs: 20_000, idleWarningMs: 15_000 } });
  const { connection, socket } = connect();
  socket.onHeartbeat = () => connection.received(4);
  const answer = connection.hello({ user: "ada" });
  await clock.advanceAsync(9_000);
  resolve();
  const result = await answer;
  if (!result.accepted) throw new Error(result.refusal.detail);
  await clock.advanceAsync(21_000);
  expect(ledger.entry(result.session.id)?.ended).toMatchObject({ reason: "idle", detectionMs: 20_000, lateCause: null });
});
