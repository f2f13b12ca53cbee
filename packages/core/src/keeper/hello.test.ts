import { describe, expect, it } from "vitest";
import { ledgerUnavailable } from "../ports/ledger.ts";
import { createMemoryLedger, type MemoryLedger } from "../ports/memoryLedger.ts";
import { createTestBench } from "../testing/bench.ts";
import { settle } from "../testing/virtualClock.ts";

describe("before hello", () => {
  it("SES4 the hello has one absolute deadline that no traffic extends", async () => {
    const { clock, connect, keeper, ledger, serverEvents } = createTestBench();
    const { connection, socket } = connect();
    for (let second = 0; second < 9; second += 1) {
      clock.advance(1_000);
      expect(connection.received(10)).toBe(true);
    }
    clock.advance(1_100);
    expect(socket.closedWith?.code).toBe(4005);
    expect(connection.received(10)).toBe(false);
    expect(keeper.stats()).toMatchObject({ opening: 0, refusals: { hello_timeout: 1 } });
    clock.advance(10_000);
    expect(serverEvents()).toEqual([{ type: "refused", cause: "hello_timeout", count: 1, overMs: 10_000 }]);
    expect(ledger.entries()).toEqual([]);
  });

  it("SES4 caps bytes and frames", () => {
    const { connect } = createTestBench();
    const loud = connect();
    expect(loud.connection.received(16_385)).toBe(false);
    expect(loud.socket.closedWith?.code).toBe(4506);
    const patient = connect();
    expect([8_192, 8_192, 1].map((bytes) => patient.connection.received(bytes))).toEqual([true, true, false]);
    expect(patient.socket.closedWith?.code).toBe(4506);
    const chatty = connect();
    for (let frame = 0; frame < 16; frame += 1) expect(chatty.connection.received(1)).toBe(true);
    expect(chatty.connection.received(1)).toBe(false);
    expect(chatty.socket.closedWith?.code).toBe(4506);
  });

  it("CLT2 each client refused by a full server gets its own delay", async () => {
    const { connect, join } = createTestBench({ settings: { maxSessions: 1 } });
    await join();
    const delays: number[] = [];
    for (let at = 0; at < 20; at += 1) {
      const { connection } = connect({ address: `192.0.2.${at + 10}` });
      const result = await connection.hello({ user: "late" });
      if (!result.accepted) delays.push(result.refusal.retryAfterMs);
    }
    expect(new Set(delays).size).toBeGreaterThan(15);
  });

  it("SES4 a second hello breaks the protocol", async () => {
    const { clock, join, ledger } = createTestBench();
    const { session, connection } = await join();
    expect((await connection.hello({ user: "twice" })).accepted).toBe(false);
    await clock.advanceAsync(100);
    expect(ledger.entry(session.id)?.ended?.reason).toBe("protocol_error");
  });

  it("SES4 a connection that leaves before its hello was never a session", async () => {
    const { clock, connect, keeper, ledger } = createTestBench();
    const { connection } = connect();
    connection.closed(1006, "");
    expect((await connection.hello({ user: "ghost" })).accepted).toBe(false);
    await clock.advanceAsync(12_000, 1_000);
    expect(ledger.entries()).toEqual([]);
    expect(keeper.stats()).toMatchObject({ opening: 0, refusals: { left_before_hello: 1 } });
  });

  it("TO2 idleness counts from when the ledger has recorded the opening, because no activity was possible before", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const inner = createMemoryLedger();
    const ledger: MemoryLedger = { ...inner, opened: (record) => promise.then(() => inner.opened(record)) };
    const settings = { sessionTimeoutMs: 20_000, idleWarningMs: 15_000, helloTimeoutMs: 10_000 };
    const { clock, connect, keeper } = createTestBench({ ledger, settings });
    const hello = connect().connection.hello({ user: "Ada" });
    await clock.advanceAsync(8_000);
    resolve();
    const result = await hello;
    if (!result.accepted) throw new Error("it was refused");
    await clock.advanceAsync(20_200);
    expect(inner.entry(result.session.id)?.ended).toMatchObject({ reason: "idle", lateCause: null, detectionMs: 20_000 });
    await keeper.close();
  });

  it("SES4 gives up an opening that the ledger does not record in time, and still records its end", async () => {
    const inner = createMemoryLedger();
    const { promise, resolve } = Promise.withResolvers<void>();
    const ledger: MemoryLedger = { ...inner, opened: (record) => promise.then(() => inner.opened(record)) };
    const { clock, connect } = createTestBench({ ledger });
    const { connection, socket } = connect();
    const result = connection.hello({ user: "ada" });
    await clock.advanceAsync(10_100);
    expect(socket.closedWith?.code).toBe(1013);
    resolve();
    expect((await result).accepted).toBe(false);
    await clock.advanceAsync(100);
    expect(ledger.entries().map(({ ended }) => ended?.reason)).toEqual(["server_full"]);
  });
});

describe("opening", () => {
  it("LED1 welcomes only when the opening is durable", async () => {
    const inner = createMemoryLedger();
    const { promise, resolve } = Promise.withResolvers<void>();
    const ledger: MemoryLedger = { ...inner, opened: (record) => promise.then(() => inner.opened(record)) };
    const { connect } = createTestBench({ ledger });
    const { connection } = connect();
    let welcomed = false;
    const hello = connection.hello({ user: "ada" }).then(() => (welcomed = true));
    await settle();
    expect(welcomed).toBe(false);
    resolve();
    await hello;
    expect(welcomed).toBe(true);
  });

  it("SES2 records the end of a client that left while its opening was being recorded", async () => {
    const inner = createMemoryLedger();
    const { promise, resolve } = Promise.withResolvers<void>();
    const ledger: MemoryLedger = { ...inner, opened: (record) => promise.then(() => inner.opened(record)) };
    const { clock, connect, keeper } = createTestBench({ ledger });
    const { connection } = connect();
    const hello = connection.hello({ user: "ada" });
    connection.closed(1001, "");
    resolve();
    expect((await hello).accepted).toBe(false);
    await clock.advanceAsync(100);
    expect(ledger.entries().map(({ ended }) => ended?.reason)).toEqual(["client_left"]);
    expect([...keeper.sessions()]).toEqual([]);
  });

  it("LED5 refuses with 1013 while the ledger accepts no openings", async () => {
    const inner = createMemoryLedger();
    const full: MemoryLedger = { ...inner, health: () => ({ accepting: false, cause: "the queue is full" }) };
    const { connect, keeper } = createTestBench({ ledger: full });
    const result = await connect().connection.hello({ user: "ada" });
    expect(result).toMatchObject({ accepted: false, refusal: { cause: "ledger", closeCode: 1013 } });
    const failing: MemoryLedger = { ...inner, opened: () => Promise.reject(ledgerUnavailable("disk full")) };
    const second = createTestBench({ ledger: failing });
    const { connection, socket } = second.connect();
    expect(await connection.hello({ user: "ada" })).toMatchObject({ accepted: false, refusal: { cause: "ledger" } });
    expect(socket.closedWith?.code).toBe(1013);
    expect(second.engine.wheel.size).toBe(0);
    expect([...keeper.sessions(), ...second.keeper.sessions()]).toEqual([]);
  });

  it("SES2 never uses an id twice", async () => {
    const { clock, join, connect } = createTestBench();
    const { session } = await join({ sessionId: "session_abc123" });
    const live = connect({ sessionId: "session_abc123" });
    expect(await live.connection.hello({ user: "eve" })).toMatchObject({ accepted: false, refusal: { reason: "unauthorized" } });
    void session.end();
    await clock.advanceAsync(100);
    const again = connect({ sessionId: "session_abc123" });
    expect(await again.connection.hello({ user: "eve" })).toMatchObject({ accepted: false, refusal: { reason: "unauthorized" } });
  });
});

describe("admission", () => {
  it("SES1 limits connections per address and frees the place again", async () => {
    const { join, connect, engine } = createTestBench({ settings: { maxConnectionsPerAddress: 2 } });
    const first = await join({ address: "192.0.2.7" });
    await join({ address: "192.0.2.7" });
    expect(() => connect({ address: "192.0.2.7" })).toThrow("refused");
    await join({ address: "192.0.2.8" });
    first.connection.closed(1000, "");
    await join({ address: "192.0.2.7" });
    expect(engine.admission.totals()).toEqual({ address_limit: 1 });
  });

  it("SES1 limits the rate of connections per address", async () => {
    const { clock, connect } = createTestBench({ settings: { connectionRatePerAddress: 3 } });
    for (let count = 0; count < 3; count += 1) connect().connection.closed(1000, "");
    expect(() => connect()).toThrow("refused");
    clock.advance(60_000);
    expect(() => connect()).not.toThrow();
  });

  it("SES1 limits connections waiting for their hello", () => {
    const { connect } = createTestBench({ settings: { maxOpening: 2 } });
    connect();
    connect();
    expect(() => connect()).toThrow("refused");
  });

  it("SES1 writes refusals in aggregate", async () => {
    const { clock, join, connect, serverEvents } = createTestBench({ settings: { maxSessions: 1 } });
    await join();
    for (let count = 0; count < 50; count += 1) await connect().connection.hello({ user: "more" });
    clock.advance(10_000);
    expect(serverEvents()).toEqual([{ type: "refused", cause: "capacity", count: 50, overMs: 10_000 }]);
  });

  it("MEM3 admin sessions do not count against the capacity", async () => {
    const { join } = createTestBench({ settings: { maxSessions: 1 } });
    await join({ kind: "admin" });
    await join();
    await join({ kind: "admin" });
  });
});

describe("slow consumers", () => {
  it("SOC3 ends a session whose client does not read, at the next send", async () => {
    const { clock, join, ledger } = createTestBench();
    const { session, socket, connection } = await join();
    socket.bufferedBytes = 1_048_576;
    connection.sent();
    expect(session.state).toBe("active");
    socket.bufferedBytes += 1;
    connection.sent();
    await clock.advanceAsync(100);
    expect(ledger.entry(session.id)?.ended).toMatchObject({ reason: "slow_consumer", closeCode: 4004 });
  });
});
