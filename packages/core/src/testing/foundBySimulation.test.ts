/** What the simulation found, each as the shortest history that shows it. */
import { expect, it } from "vitest";
import { createTestBench } from "./bench.ts";
import { createFakeSocket } from "./fakeSocket.ts";
import { settle } from "./virtualClock.ts";

it("TIM2 hears an answer that waited while the server was busy for less than a tick, before it judges", async () => {
  const settings = { tickMs: 1_000, heartbeatPongTimeoutMs: 1_000, heartbeatIntervalMs: 10_000, heartbeatMaxFailures: 1 };
  const { clock, join } = createTestBench({ settings });
  const { session, socket, connection } = await join({ mute: true });
  while (socket.count("heartbeat") === 0) clock.advance(1_000);
  // The answer arrives at once, and is read only after the tick that is 100 ms late.
  clock.onInput = () => connection.received(4);
  clock.pause(1_100);
  clock.advance(0);
  expect(session.state).toBe("active");
});

it("TIM1 does not judge a beat in the turn that sent it when two ticks are made up for at once", async () => {
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

it("HB6 sends the next beat under a shorter interval although the last one was sent under a long limit", async () => {
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

it("TO4 the sweep does not complain of deadlines that came nearer by other settings a moment ago", async () => {
  const { clock, join, keeper, logged } = createTestBench({ settings: { sweepIntervalMs: 1_000, idleWarningMs: 0 } });
  await join();
  await clock.advanceAsync(59_950);
  keeper.applySettings({ ...keeper.settings, sessionTimeoutMs: 20_000 }, { revision: 1, author: "ada" });
  await clock.advanceAsync(1_000);
  expect(logged.filter((line) => line.includes("nobody acted on"))).toEqual([]);
});

it("TO4 HB6 the sweep leaves a client alone whose beat was sent under an older, longer limit", async () => {
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

it("SES6 still closes a connection that is refused when it cannot be told why", () => {
  const { keeper } = createTestBench({ settings: { maxOpening: 1 } });
  const peer = { address: "192.0.2.1", client: "test", transport: "fake" };
  keeper.accept(createFakeSocket(), peer);
  const socket = createFakeSocket();
  socket.broken = new Error("write EPIPE");
  expect(() => keeper.accept(socket, peer)).not.toThrow();
  expect(socket.closedWith).toMatchObject({ code: 1013 });
});
