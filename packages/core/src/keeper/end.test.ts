import { describe, expect, it } from "vitest";
import { createMemoryLedger, type MemoryLedger } from "../ports/memoryLedger.ts";
import { createTestBench } from "../testing/bench.ts";
import { settle } from "../testing/virtualClock.ts";

const disposable = (dispose: () => void): Disposable => ({ [Symbol.dispose]: dispose });
const asyncDisposable = (dispose: () => Promise<void>): AsyncDisposable => ({ [Symbol.asyncDispose]: dispose });

describe("one end", () => {
  it("SES2 the first reason wins, and a later end returns the first", async () => {
    const { clock, join, keeper, ledger } = createTestBench();
    const { session, connection } = await join();
    const first = keeper.end(session.id, { reason: "ended_by_operator", operator: "grace" });
    const second = session.end("too late");
    connection.closed(1006, "");
    connection.goodbye();
    clock.advance(100);
    expect((await first)?.reason).toBe("ended_by_operator");
    expect(await second).toBe(await first);
    expect(await session.end("much too late")).toBe(await first);
    expect(ledger.entries()).toHaveLength(1);
  });

  it("SES2 ends 500 sessions that leave at once, each with one record", async () => {
    const { clock, join, ledger, keeper } = createTestBench({ settings: { maxSessions: 1_000 } });
    const clients = await Promise.all(Array.from({ length: 500 }, () => join()));
    for (const { connection } of clients) connection.closed(1006, "");
    for (const { connection } of clients) connection.closed(1001, "");
    await clock.advanceAsync(200);
    expect([...keeper.sessions()]).toEqual([]);
    expect(ledger.entries().filter(({ ended }) => ended?.reason === "connection_lost")).toHaveLength(500);
  });
});

describe("the order", () => {
  it("SES6 state, deadlines, socket, resources in reverse, ledger, registry, listeners", async () => {
    const steps: string[] = [];
    const inner = createMemoryLedger();
    const ledger: MemoryLedger = {
      ...inner,
      ended: async (record) => {
        steps.push("ledger");
        await inner.ended(record);
      },
    };
    const { clock, join, keeper, engine } = createTestBench({ ledger });
    const { session, socket } = await join();
    const record = engine.registry.get(session.id);
    if (record === undefined) throw new Error("no record");
    const original = socket.close;
    socket.close = (code, reason) => {
      steps.push(`socket while ${session.state}, ${record.wheelDueMs === -1 ? "unarmed" : "armed"}`);
      original(code, reason);
    };
    session.own(
      "first",
      disposable(() => steps.push("first")),
    );
    session.own(
      "second",
      disposable(() => steps.push("second")),
    );
    keeper.on("ended", () => steps.push(`listener, ${keeper.session(session.id) === undefined ? "gone" : "still there"}`));
    void session.end();
    await clock.advanceAsync(100);
    expect(steps).toEqual(["socket while ending, unarmed", "second", "first", "ledger", "listener, gone"]);
  });

  it("SES6 a resource that throws is recorded by name and stops nothing", async () => {
    const { clock, join, ledger, story } = createTestBench();
    const { session } = await join();
    const released: string[] = [];
    session.own(
      "good",
      disposable(() => released.push("good")),
    );
    session.own(
      "bad",
      disposable(() => {
        throw new Error("disk gone");
      }),
    );
    session.own(
      "rejecting",
      asyncDisposable(() => Promise.reject(new Error("no route"))),
    );
    void session.end();
    await clock.advanceAsync(100);
    expect(released).toEqual(["good"]);
    expect(ledger.entry(session.id)?.ended).toMatchObject({
      cleanup: "incomplete",
      resourcesReleased: 1,
      resourcesFailed: [
        { name: "rejecting", cause: "Error: no route" },
        { name: "bad", cause: "Error: disk gone" },
      ],
    });
    expect(story(session.id)).toEqual(["release_failed", "release_failed"]);
  });

  it("SES6 the sweep retries a resource that threw, and records when it was released", async () => {
    const { clock, join, story, engine } = createTestBench();
    const { session } = await join();
    let tries = 0;
    session.own(
      "stubborn",
      disposable(() => {
        tries += 1;
        if (tries < 3) throw new Error("still in use");
      }),
    );
    void session.end();
    await clock.advanceAsync(30_000, 1_000);
    expect(tries).toBe(3);
    expect(engine.failedReleases.size).toBe(0);
    expect(story(session.id)).toEqual(["release_failed", "release_settled_late"]);
  });

  it("SES6 gives up a resource after three retries", async () => {
    const { clock, join, engine, logged } = createTestBench();
    const { session } = await join();
    let tries = 0;
    session.own(
      "hopeless",
      disposable(() => {
        tries += 1;
        throw new Error("never");
      }),
    );
    void session.end();
    await clock.advanceAsync(60_000, 1_000);
    expect(tries).toBe(4);
    expect(engine.failedReleases.size).toBe(0);
    expect(logged).toContain(`error Session ${session.id}: resource hopeless is given up`);
  });

  it("SES6 a resource that hangs costs 5 s, is recorded, and its late release is recorded too", async () => {
    const { clock, join, ledger, story, keeper } = createTestBench();
    const { session } = await join();
    const { promise, resolve } = Promise.withResolvers<void>();
    const released: string[] = [];
    session.own(
      "last",
      disposable(() => released.push("last")),
    );
    session.own(
      "slow",
      asyncDisposable(() => promise),
    );
    void session.end();
    await clock.advanceAsync(4_900);
    expect(released).toEqual([]);
    expect(keeper.session(session.id)?.state).toBe("ending");
    await clock.advanceAsync(300);
    expect(released).toEqual(["last"]);
    expect(ledger.entry(session.id)?.ended).toMatchObject({
      cleanup: "incomplete",
      resourcesFailed: [{ name: "slow", cause: "not released within 5000 ms" }],
    });
    resolve();
    await settle();
    expect(story(session.id)).toEqual(["release_failed", "release_settled_late"]);
  });

  it("SES6 releases at once a resource given to a session that has ended", async () => {
    const { clock, join } = createTestBench();
    const { session } = await join();
    void session.end();
    const released: string[] = [];
    session.own(
      "late",
      disposable(() => released.push("late")),
    );
    await clock.advanceAsync(100);
    expect(released).toEqual(["late"]);
  });

  it("SES6 releases at once a resource given while the session's own resources are still being released", async () => {
    const { clock, join, ledger } = createTestBench();
    const { session } = await join();
    const { promise, resolve } = Promise.withResolvers<void>();
    session.own(
      "slow",
      asyncDisposable(() => promise),
    );
    void session.end();
    await clock.advanceAsync(1_000);
    const released: string[] = [];
    session.own(
      "late",
      disposable(() => released.push("late")),
    );
    expect([session.state, ...released]).toEqual(["ending", "late"]);
    resolve();
    await clock.advanceAsync(200);
    expect(released).toEqual(["late"]);
    expect(ledger.entry(session.id)?.ended).toMatchObject({ resourcesReleased: 1, resourcesFailed: [] });
  });

  it("SES6 does not release a resource that was given up", async () => {
    const { clock, join, ledger } = createTestBench();
    const { session } = await join();
    const released: string[] = [];
    const giveUp = session.own(
      "lent",
      disposable(() => released.push("lent")),
      { bytes: 500 },
    );
    expect(session.snapshot()).toMatchObject({ declaredBytes: 500, resources: ["lent"] });
    giveUp();
    giveUp();
    expect(session.snapshot()).toMatchObject({ declaredBytes: 0, resources: [] });
    void session.end();
    await clock.advanceAsync(100);
    expect(released).toEqual([]);
    expect(ledger.entry(session.id)?.ended?.resourcesReleased).toBe(0);
  });

  it("LED1 reports an end only when it is durable", async () => {
    const inner = createMemoryLedger();
    const { promise, resolve } = Promise.withResolvers<void>();
    const ledger: MemoryLedger = { ...inner, ended: (record) => promise.then(() => inner.ended(record)) };
    const { clock, join, keeper } = createTestBench({ ledger });
    const { session } = await join();
    let reported = false;
    keeper.on("ended", () => (reported = true));
    void session.end();
    await clock.advanceAsync(60_000, 1_000);
    expect(reported).toBe(false);
    expect(session.state).toBe("ending");
    resolve();
    await settle();
    expect(reported).toBe(true);
    expect(session.state).toBe("ended");
  });

  it("SES6 a listener that throws affects neither the end nor the other listeners", async () => {
    const { clock, join, keeper, logged } = createTestBench();
    const { session } = await join();
    const heard: string[] = [];
    keeper.on("ended", () => {
      throw new Error("listener");
    });
    keeper.on("ended", ({ end }) => heard.push(end.reason));
    void session.end();
    await clock.advanceAsync(100);
    expect(heard).toEqual(["ended_by_application"]);
    expect(logged).toContain("error a listener of ended failed");
  });
});

describe("the keeper's own end", () => {
  it("SES7 leaves no timers, no sessions and no unwritten events", async () => {
    const { clock, join, connect, keeper, ledger, engine, serverEvents } = createTestBench({
      settings: { resumeGraceMs: 60_000 },
    });
    const clients = await Promise.all(Array.from({ length: 5 }, () => join()));
    clients[0]?.connection.closed(1006, "");
    const { socket: waiting } = connect();
    const closing = keeper.close();
    await clock.advanceAsync(300);
    await closing;
    expect(clock.timers).toBe(0);
    expect(engine.wheel.size).toBe(0);
    expect([...keeper.sessions()]).toEqual([]);
    expect(ledger.entries().map(({ ended }) => ended?.reason)).toEqual(Array(5).fill("server_shutdown"));
    expect(clients[1]?.socket.closedWith?.code).toBe(1012);
    expect(waiting.closedWith?.code).toBe(1012);
    expect(serverEvents()).toEqual([{ type: "refused", cause: "shutting_down", count: 1, overMs: expect.any(Number) }]);
    expect(await keeper.close()).toBe(undefined);
  });

  it("SES7 accepts no more connections", async () => {
    const { clock, keeper, connect } = createTestBench();
    const late = connect();
    void keeper.close();
    expect(() => connect()).toThrow("refused");
    const result = await late.connection.hello({ user: "late" });
    expect(result.accepted).toBe(false);
    await clock.advanceAsync(100);
  });

  it("CLT2 gives each client of a mass end its own delay, spread by the number of clients", async () => {
    const { clock, join, keeper } = createTestBench({ settings: { maxSessions: 1_000 } });
    const clients = await Promise.all(Array.from({ length: 400 }, () => join()));
    void keeper.close();
    await clock.advanceAsync(200);
    const delays = clients.flatMap(({ socket }) =>
      socket.notices.map((notice) => (notice.type === "ending" ? notice.retryAfterMs : -1)),
    );
    expect(delays).toHaveLength(400);
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(3_000);
    const busiest = Math.max(
      ...Array.from({ length: 5 }, (_, second) => delays.filter((ms) => Math.floor(ms / 1_000) === second).length),
    );
    expect(busiest).toBeLessThan(150);
  });
});
