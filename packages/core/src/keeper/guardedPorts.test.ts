/** Ports that throw, reject or answer nonsense: the keeper keeps running, and at most one session is affected (rule SES8). */
import { expect, it } from "vitest";
import type { KeeperLog } from "../ports/log.ts";
import type { MemorySource } from "../ports/memory.ts";
import { createMemoryLedger, type MemoryLedger } from "../ports/memoryLedger.ts";
import { createTestBench } from "../testing/bench.ts";
import { settle } from "../testing/virtualClock.ts";
import { END_RETRY_MS, END_TRIES } from "./end.ts";

const boom = (): never => {
  throw new Error("boom");
};
const reject = () => Promise.reject(new Error("boom"));

function ledgerThat(changes: Partial<MemoryLedger>): MemoryLedger {
  return { ...createMemoryLedger(), ...changes };
}

const failuresOf = (logged: string[], kind: string) => logged.filter((line) => line === `error ${kind} failed`).length;

it.each([
  ["throws", boom],
  ["rejects", reject as unknown as () => void],
])("SES8 a ledger whose event() %s affects no session and is logged once per minute", async (_, event) => {
  const { join, clock, logged, ledger } = createTestBench({ ledger: ledgerThat({ event }) });
  const { session } = await join({ mute: true });
  await clock.advanceAsync(100_000);
  expect(ledger.entry(session.id)?.ended).toMatchObject({ reason: "unreachable" });
  expect(failuresOf(logged, "ledger.event")).toBeLessThanOrEqual(2);
  expect(failuresOf(logged, "ledger.event")).toBeGreaterThanOrEqual(1);
});

it("SES8 a ledger whose opened() throws refuses the session", async () => {
  const { connect, keeper } = createTestBench({ ledger: ledgerThat({ opened: boom }) });
  const { connection, socket } = connect();
  await expect(connection.hello({ user: "ada" })).resolves.toMatchObject({ accepted: false, refusal: { cause: "ledger" } });
  expect(socket.closedWith).toMatchObject({ code: 1013 });
  expect(keeper.stats()).toMatchObject({ opening: 0, active: 0, ending: 0 });
});

it.each([
  ["throws", boom],
  ["answers nonsense", () => undefined],
])("SES8 a ledger whose health() %s accepts no openings, and the refusal says so", async (_, health) => {
  const { connect } = createTestBench({ ledger: ledgerThat({ health: health as unknown as MemoryLedger["health"] }) });
  const answer = await connect().connection.hello({ user: "ada" });
  expect(answer).toMatchObject({ accepted: false, refusal: { cause: "ledger" } });
});

it.each([
  ["throws", boom],
  ["rejects", reject],
])("LED1 an end that the ledger refuses because it %s is written once the ledger recovers", async (_, failing) => {
  const memory = createMemoryLedger();
  let isFailing = true;
  const ledger = { ...memory, ended: (record) => (isFailing ? failing() : memory.ended(record)) } as MemoryLedger;
  const { join, keeper, clock } = createTestBench({ ledger });
  const { session } = await join();
  const heard: string[] = [];
  keeper.on("ended", ({ end }) => heard.push(end.reason));
  const ended = session.end();
  await clock.advanceAsync(5_000);
  expect(session.state).toBe("ending");
  expect(heard).toEqual([]);
  isFailing = false;
  await clock.advanceAsync(END_RETRY_MS + 100);
  await expect(ended).resolves.toMatchObject({ reason: "ended_by_application" });
  expect(heard).toEqual(["ended_by_application"]);
});

it("LED1 an end that the ledger always refuses is logged in full, never emitted, and leaves no session behind", async () => {
  const { join, keeper, clock, logged } = createTestBench({ ledger: ledgerThat({ ended: reject }) });
  const { session } = await join();
  let reported = 0;
  keeper.on("ended", () => reported++);
  const refusal = session.end().catch((thrown: unknown) => thrown);
  await clock.advanceAsync(END_TRIES * END_RETRY_MS + 1_000);
  expect(await refusal).toMatchObject({ code: "end_not_recorded" });
  expect(keeper.session(session.id)).toBeUndefined();
  expect(keeper.stats().ending).toBe(0);
  expect(reported).toBe(0);
  expect(logged.filter((line) => line.includes(`the end of ${session.id} could not be recorded`))).toHaveLength(1);
});

it("SES7 close() resolves although the ledger refuses every end", async () => {
  const { join, keeper, clock } = createTestBench({ ledger: ledgerThat({ ended: reject }) });
  await join();
  await join();
  let isClosed = false;
  void keeper.close().then(() => (isClosed = true));
  await clock.advanceAsync(END_TRIES * END_RETRY_MS + 1_000);
  expect(isClosed).toBe(true);
  expect(clock.timers).toBe(0);
});

it.each([
  ["throws", boom],
  ["is async and rejects", reject],
  ["answers NaN", () => ({ residentBytes: Number.NaN, residentLimitBytes: 1, heapUsedBytes: 0, heapLimitBytes: 0 })],
  ["answers null", () => null],
])("SES8 a memory sample that %s stops no tick, ends no session and changes no level", async (_, sample) => {
  const memory = { sample: sample as unknown as MemorySource["sample"] };
  const { join, clock, keeper, logged } = createTestBench({ memory });
  const { session } = await join();
  await clock.advanceAsync(61_000);
  expect(session.state).toBe("active");
  expect(keeper.stats().memory.level).toBe("ok");
  expect(failuresOf(logged, "memory.sample")).toBe(2);
});

it("OPS4 a log that writes no info lines is not given those of every session", async () => {
  const lines: string[] = [];
  const write = (message: string) => void lines.push(message);
  const log = { infoEnabled: () => false, debug: write, info: write, warn: write, error: write };
  const { join, clock } = createTestBench({ log });
  const { session } = await join();
  const ended = session.end("kicked");
  await clock.advanceAsync(1_000);
  await ended;
  expect(lines.filter((line) => !line.startsWith("Heartbeat sent"))).toEqual([]);
});

it("SES8 a log that throws or rejects loses only its lines", async () => {
  const log = {
    debugEnabled: boom,
    infoEnabled: boom,
    debug: reject,
    info: boom,
    warn: reject,
    error: boom,
  } as unknown as KeeperLog;
  const { join, clock, ledger } = createTestBench({ log });
  const { session } = await join({ mute: true });
  await clock.advanceAsync(100_000);
  expect(ledger.entry(session.id)?.ended).toMatchObject({ reason: "unreachable" });
});

it.each([
  ["throws", boom],
  ["answers outside [0, 1)", () => Number.NaN],
])("SES8 a random source that %s is replaced without harm", async (_, float) => {
  const random = { float, bytes: boom };
  const { join, clock } = createTestBench({ random });
  const [first, second] = [await join(), await join()];
  expect(first.token).toHaveLength(43);
  expect(first.token).not.toBe(second.token);
  await clock.advanceAsync(100_000);
  expect(first.session.state).toBe("active");
  expect(first.socket.count("heartbeat")).toBeGreaterThan(2);
});

it.each(["monotonicMs", "wallMs", "afterInput"] as const)(
  "SES8 a clock whose %s fails for a while is used again afterwards",
  async (name) => {
    const { clock, join, ledger, keeper } = createTestBench();
    const well = clock[name];
    const { session } = await join({ mute: true });
    clock[name] = boom;
    expect(() => clock.advance(5_000)).not.toThrow();
    expect(() => keeper.stats()).not.toThrow();
    clock[name] = well as never;
    await clock.advanceAsync(100_000);
    expect(ledger.entry(session.id)?.ended).toMatchObject({ reason: "unreachable" });
  },
);

it("SES6 an end begun while the clock's afterInput fails is finished with the next tick", async () => {
  const { clock, join, ledger } = createTestBench();
  const { session } = await join();
  const { afterInput } = clock;
  clock.afterInput = boom;
  void session.end();
  clock.afterInput = afterInput;
  await clock.advanceAsync(200);
  expect(ledger.entry(session.id)?.ended).toMatchObject({ reason: "ended_by_application" });
});

it.each(["heartbeat", "ping", "notify", "close", "terminate"] as const)(
  "SES8 a socket whose %s throws affects at most its own session",
  async (method) => {
    const { join, clock, keeper, ledger } = createTestBench({ settings: { sessionTimeoutMs: 60_000, idleWarningMs: 5_000 } });
    const [bad, good] = [await join({ mute: true }), await join()];
    bad.socket[method] = boom;
    await clock.advanceAsync(59_000);
    good.session.touch();
    await clock.advanceAsync(50_000);
    expect(ledger.entry(bad.session.id)?.ended).not.toBeNull();
    expect(good.session.state).toBe("active");
    expect(keeper.stats().ending).toBe(0);
  },
);

it("SES8 a socket whose heartbeat rejects is lost, like one whose heartbeat throws", async () => {
  const { join, clock, ledger } = createTestBench();
  const { session, socket } = await join();
  socket.heartbeat = reject as unknown as () => void;
  await clock.advanceAsync(31_000);
  expect(ledger.entry(session.id)?.ended).toMatchObject({ reason: "connection_lost", detail: expect.stringContaining("boom") });
});

it("SES8 a socket whose bufferedBytes throws is lost, and no other", async () => {
  const { join, clock, ledger, connect } = createTestBench();
  const [bad, good] = [await join(), await join()];
  Object.defineProperty(bad.socket, "bufferedBytes", { get: boom });
  expect(() => bad.connection.sent()).not.toThrow();
  await settle();
  await clock.advanceAsync(100);
  expect(ledger.entry(bad.session.id)?.ended).toMatchObject({ reason: "connection_lost" });
  await clock.advanceAsync(60_000);
  expect(good.session.state).toBe("active");
  expect(() => connect()).not.toThrow();
});

it("SES8 a socket whose bufferedBytes is nonsense keeps its session", async () => {
  const { join, clock, logged } = createTestBench();
  const { session, socket } = await join();
  (socket as { bufferedBytes: unknown }).bufferedBytes = "many";
  await clock.advanceAsync(61_000);
  expect(session.state).toBe("active");
  expect(failuresOf(logged, "socket.bufferedBytes")).toBeGreaterThan(0);
});

it("SES8 a socket that throws while it is refused is closed nevertheless", () => {
  const { connect, keeper, logged } = createTestBench({ settings: { maxOpening: 1 } });
  const { socket } = connect();
  const refused = { ...socket, notify: boom, close: boom };
  const peer = { address: "192.0.2.1", client: "test", transport: "fake" };
  expect(keeper.accept(refused, peer)).toBeNull();
  expect(failuresOf(logged, "socket.close")).toBe(1);
});

it.each([
  ["that is null", null],
  [
    "whose fields throw",
    {
      get user() {
        return boom();
      },
    },
  ],
  ["without a user", {}],
  ["with an invalid token", { user: "ada", resume: { sessionId: "session_1", token: 7 } }],
])("SES8 a hello %s is refused without a rejection", async (_, hello) => {
  const { connect, engine, clock } = createTestBench();
  const { connection } = connect();
  await expect(connection.hello(hello as never)).resolves.toMatchObject({ accepted: false, refusal: { cause: "bad_hello" } });
  await clock.advanceAsync(3_000);
  expect(engine.registry.waiting).toBe(0);
  expect(engine.admission.addresses).toBe(0);
});

it("SES8 a failure without an error is a lost connection", async () => {
  const { join } = createTestBench();
  const { connection, session } = await join();
  expect(() => connection.failed(undefined as never)).not.toThrow();
  expect(session.state).toBe("ending");
});
