import { expect, it } from "vitest";
import { createTestBench } from "../testing/bench.ts";
import { settle } from "../testing/virtualClock.ts";
import { addResource, giveUpResource, newHoldings } from "./resources.ts";

const asyncDisposable = (dispose: () => PromiseLike<void>): AsyncDisposable =>
  ({ [Symbol.asyncDispose]: dispose }) as AsyncDisposable;

it("SES6 a release that exceeded its limit and then threw is retried by the sweep", async () => {
  const { clock, join, ledger, story, engine } = createTestBench();
  const { session } = await join();
  let tries = 0;
  const first = Promise.withResolvers<void>();
  session.own(
    "stubborn",
    asyncDisposable(() => {
      tries += 1;
      return tries === 1 ? first.promise : Promise.resolve();
    }),
  );
  void session.end();
  await clock.advanceAsync(5_200);
  expect(ledger.entry(session.id)?.ended?.resourcesFailed).toEqual([{ name: "stubborn", cause: "not released within 5000 ms" }]);
  expect(engine.failedReleases.size).toBe(0);
  first.reject(new Error("gave in at last"));
  await settle();
  expect(engine.failedReleases.size).toBe(1);
  await clock.advanceAsync(6_000);
  expect(tries).toBe(2);
  expect(engine.failedReleases.size).toBe(0);
  expect(story(session.id)).toEqual(["release_failed", "release_settled_late"]);
});

it("SES6 a retry that hangs is given up, once", async () => {
  const { clock, join, engine, logged } = createTestBench();
  const { session } = await join();
  let tries = 0;
  const later = Promise.withResolvers<void>();
  session.own(
    "hopeless",
    asyncDisposable(() => {
      tries += 1;
      return tries === 1 ? Promise.reject(new Error("busy")) : later.promise;
    }),
  );
  void session.end();
  await clock.advanceAsync(30_000, 500);
  later.reject(new Error("too late"));
  await clock.advanceAsync(30_000, 500);
  expect(tries).toBe(2);
  expect(engine.failedReleases.size).toBe(0);
  expect(logged.filter((line) => line.includes("is given up"))).toHaveLength(1);
});

it("SES6 a thenable whose then throws is a failed release, and stops nothing", async () => {
  const { clock, join, ledger } = createTestBench();
  const { session } = await join();
  const odd = {
    // biome-ignore lint/suspicious/noThenProperty: a broken thenable is what this test is about.
    then() {
      throw new Error("not even a promise");
    },
  } as unknown as PromiseLike<void>;
  session.own(
    "odd",
    asyncDisposable(() => odd),
  );
  void session.end();
  await clock.advanceAsync(300);
  expect(ledger.entry(session.id)?.ended).toMatchObject({
    cleanup: "incomplete",
    resourcesFailed: [{ name: "odd", cause: "Error: not even a promise" }],
  });
});

it("SES6 a socket that throws when closed and when dropped affects neither its session's end nor any other", async () => {
  const { clock, join, ledger } = createTestBench();
  const broken = await join();
  const other = await join();
  const fail = () => {
    throw new Error("no such handle");
  };
  broken.socket.close = fail;
  broken.socket.terminate = fail;
  void broken.session.end();
  void other.session.end();
  await clock.advanceAsync(3_000);
  expect(ledger.entries().map(({ ended }) => ended?.reason)).toEqual(["ended_by_application", "ended_by_application"]);
  expect(other.socket.count("terminate")).toBe(1);
});

it("TIM1 a pause while sessions are ending counts against no release, and ends no session twice", async () => {
  const { clock, join, ledger, keeper, story } = createTestBench({ settings: { resumeGraceMs: 10_000 } });
  const slow = await join();
  const { promise, resolve } = Promise.withResolvers<void>();
  slow.session.own(
    "slow",
    asyncDisposable(() => promise),
  );
  const waiting = await join();
  waiting.connection.closed(1006, "");
  void slow.session.end();
  await clock.advanceAsync(1_000);
  clock.pause(3_600_000);
  await clock.advanceAsync(1_000);
  expect([slow.session.state, waiting.session.state]).toEqual(["ending", "suspended"]);
  // The peer's close, delivered after the pause, changes nothing.
  slow.connection.closed(1000, "");
  resolve();
  await clock.advanceAsync(100);
  expect(ledger.entry(slow.session.id)?.ended).toMatchObject({
    reason: "ended_by_application",
    cleanup: "complete",
    resourcesReleased: 1,
    // The pause came after the verdict and did not affect it (rule LED7).
    pauses: 0,
  });
  expect(story(slow.session.id)).toEqual([]);
  expect(keeper.stats().pauses.count).toBe(1);
  await clock.advanceAsync(9_000);
  expect(ledger.entry(waiting.session.id)?.ended).toMatchObject({ reason: "connection_lost", resumeExpired: true });
});

it("TIM1 a pause while the keeper closes has no effect on the close", async () => {
  const { clock, join, ledger, keeper } = createTestBench();
  const { session } = await join();
  session.own(
    "hanging",
    asyncDisposable(() => new Promise<void>(() => {})),
  );
  const closing = keeper.close();
  clock.pause(600_000);
  await clock.advanceAsync(6_000);
  await closing;
  expect(ledger.entry(session.id)?.ended).toMatchObject({ reason: "server_shutdown", cleanup: "incomplete" });
  expect(clock.timers).toBe(0);
});

it("SES6 declared bytes add up while resources are added and removed, in any order", () => {
  const holdings = newHoldings();
  const target = { [Symbol.dispose]() {} };
  const [first, second] = [10, 32].map((bytes) => addResource(holdings, { name: "same name", bytes, target }));
  if (first === undefined || second === undefined) throw new Error("nothing was added");
  expect(holdings.bytes).toBe(42);
  expect(giveUpResource(holdings, first)).toBe(true);
  expect([holdings.bytes, holdings.resources]).toEqual([32, [second]]);
  expect(giveUpResource(holdings, first)).toBe(false);
  expect(holdings.bytes).toBe(32);
});
