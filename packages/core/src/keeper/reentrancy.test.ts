/** Listeners and disposers that call the keeper from within its own calls. */
import { expect, it } from "vitest";
import { ledgerUnavailable } from "../ports/ledger.ts";
import { createMemoryLedger } from "../ports/memoryLedger.ts";
import { type Client, createTestBench } from "../testing/bench.ts";
import { settle } from "../testing/virtualClock.ts";

function refusingLedger() {
  const memory = createMemoryLedger();
  let refuse: (cause: Error) => void = () => {};
  return {
    ledger: { ...memory, opened: () => new Promise<void>((_, fail) => (refuse = fail)) },
    refuse: () => refuse(ledgerUnavailable("disk full")),
  };
}

it("SES6 a resource given to a session while its opening is being recorded is released when the ledger refuses it", async () => {
  const { ledger, refuse } = refusingLedger();
  const { connect, clock, engine } = createTestBench({ ledger });
  const { connection } = connect();
  const answer = connection.hello({ user: "ada" });
  const session = connection.session;
  const released: string[] = [];
  session?.own("first", { [Symbol.dispose]: () => released.push("first") });
  session?.own("second", { [Symbol.dispose]: () => released.push("second") });
  const busy = session?.busy("loading");
  refuse();
  await expect(answer).resolves.toMatchObject({ accepted: false });
  await clock.advanceAsync(100);
  expect(released).toEqual(["second", "first"]);
  expect(engine.releasing.size).toBe(0);
  // A resource given after the refusal is released at once, and busy has no effect.
  session?.own("third", { [Symbol.dispose]: () => released.push("third") });
  expect(released).toEqual(["second", "first", "third"]);
  busy?.[Symbol.dispose]();
  session?.busy("later")[Symbol.dispose]();
  expect(engine.wheel.size).toBe(0);
  await expect(session?.end()).rejects.toThrow("never opened");
});

it("SES7 close() waits for the resources of a session that the ledger refused", async () => {
  const { ledger, refuse } = refusingLedger();
  const { connect, clock, keeper } = createTestBench({ ledger });
  const { connection } = connect();
  void connection.hello({ user: "ada" });
  let isReleased = false;
  let letGo: () => void = () => {};
  connection.session?.own("slow", {
    async [Symbol.asyncDispose]() {
      await new Promise<void>((done) => (letGo = done));
      isReleased = true;
    },
  });
  refuse();
  await settle();
  let isClosed = false;
  void keeper.close().then(() => (isClosed = true));
  await clock.advanceAsync(1_000);
  expect(isClosed).toBe(false);
  letGo();
  await clock.advanceAsync(200);
  expect({ isReleased, isClosed }).toEqual({ isReleased: true, isClosed: true });
  expect(clock.timers).toBe(0);
});

it("SES6 a synchronous disposer written as async may take time and reject", async () => {
  const { join, clock, ledger } = createTestBench();
  const { session } = await join();
  session.own("async", { [Symbol.dispose]: (() => Promise.reject(new Error("no"))) as () => void });
  void session.end();
  await clock.advanceAsync(200);
  expect(ledger.entry(session.id)?.ended).toMatchObject({
    cleanup: "incomplete",
    resourcesFailed: [{ name: "async", cause: "Error: no" }],
  });
});

it.each([
  ["opened", 0],
  ["attached", 1],
] as const)(
  "SES1 a session that a listener of %s ends is not welcomed, and no attached event follows",
  async (event, attached) => {
    const { keeper, connect, ledger, clock } = createTestBench();
    const heard: string[] = [];
    keeper.on(event, ({ session }) => void session.end("not you"));
    for (const name of ["opened", "attached", "ending", "ended"] as const) keeper.on(name, () => heard.push(name));
    const { connection } = connect();
    await expect(connection.hello({ user: "ada" })).resolves.toMatchObject({
      accepted: false,
      refusal: { reason: "ended_by_application" },
    });
    await clock.advanceAsync(200);
    expect(heard).toEqual(["opened", ...Array.from({ length: attached }, () => "attached"), "ending", "ended"]);
    expect(ledger.entries()).toHaveLength(1);
  },
);

it("SES5 a session that a listener ends when it is resumed is not welcomed", async () => {
  const { keeper, join, connect } = createTestBench({ settings: { resumeGraceMs: 30_000 } });
  const { session, token } = await join();
  keeper.on("attached", () => void session.end());
  const { connection } = connect();
  const resume = { sessionId: session.id, token };
  await expect(connection.hello({ user: "ada", resume })).resolves.toMatchObject({ accepted: false });
});

it("SES2 a listener of one end that ends the next one ends ten thousand sessions without growing the stack", async () => {
  const { keeper, join, clock, logged } = createTestBench({ settings: { maxSessions: 20_000 } });
  const clients: Client[] = [];
  for (let count = 0; count < 10_000; count += 1) clients.push(await join());
  let next = 1;
  keeper.on("ending", () => void clients[next++]?.session.end());
  void clients[0]?.session.end();
  await clock.advanceAsync(10_000, 1_000);
  expect(keeper.stats()).toMatchObject({ active: 0, ending: 0 });
  expect(logged.filter((line) => line.startsWith("error"))).toEqual([]);
}, 60_000);

it("SES7 close() called again by a listener of an end that it causes returns the same promise", async () => {
  const { keeper, join, clock, ledger } = createTestBench();
  await join();
  await join();
  const closes = new Set<Promise<void>>();
  keeper.on("ending", () => void closes.add(keeper.close()));
  closes.add(keeper.close());
  await clock.advanceAsync(200);
  await Promise.all(closes);
  expect(closes.size).toBe(1);
  expect(ledger.entries().map(({ ended }) => ended?.reason)).toEqual(["server_shutdown", "server_shutdown"]);
  expect(clock.timers).toBe(0);
});

it("SES6 disposers that call end, own, busy and close, and remove listeners, stop nothing", async () => {
  const { keeper, join, clock, ledger } = createTestBench();
  const { session } = await join();
  const released: string[] = [];
  const off = keeper.on("ended", () => {});
  session.own("inner", { [Symbol.dispose]: () => released.push("inner") });
  session.own("outer", {
    [Symbol.dispose]: () => {
      void session.end("again");
      void keeper.close();
      session.own("late", { [Symbol.dispose]: () => released.push("late") });
      session.busy("work");
      off();
      off();
      released.push("outer");
    },
  });
  void session.end("first");
  await clock.advanceAsync(200);
  expect(released).toEqual(["late", "outer", "inner"]);
  expect(ledger.entry(session.id)?.ended).toMatchObject({ detail: "first", resourcesReleased: 2, cleanup: "complete" });
});

it("SES7 after close() neither a late release nor a change of settings writes an event", async () => {
  const { keeper, join, clock, ledger } = createTestBench();
  const { session } = await join();
  let letGo: () => void = () => {};
  session.own("slow", { [Symbol.asyncDispose]: () => new Promise<void>((done) => (letGo = done)) });
  const closed = keeper.close();
  await clock.advanceAsync(6_000);
  await closed;
  const events = ledger.events().length;
  letGo();
  await settle();
  const before = keeper.settings;
  keeper.applySettings({ ...before, sessionTimeoutMs: 61_000 }, { revision: 1, author: "ada" });
  keeper.accept(createTestBench().connect().socket, { address: "192.0.2.1", client: "test", transport: "fake" });
  expect(ledger.events()).toHaveLength(events);
  expect(keeper.settings).toBe(before);
  expect(clock.timers).toBe(0);
});
