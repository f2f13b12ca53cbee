/** The evidence of an end; each field is tested with a value that differs from its default and from every other field. */
import { expect, it } from "vitest";
import type { SessionEnd } from "../ports/ledger.ts";
import { createTestBench, type TestBench } from "../testing/bench.ts";
import { settle } from "../testing/virtualClock.ts";

async function endOf({ clock, ledger }: TestBench, id: string): Promise<SessionEnd> {
  await clock.advanceAsync(200);
  const ended = ledger.entry(id)?.ended;
  if (ended === null || ended === undefined) throw new Error(`${id} has not ended`);
  return ended;
}

it("LED7 an end records when the client was last seen, when the end was detected and when everything was released", async () => {
  const bench = createTestBench({ settings: { heartbeatIntervalMs: 60_000 } });
  const { clock } = bench;
  const { session, connection } = await bench.join();
  const startMs = clock.wallMs();
  const { promise, resolve } = Promise.withResolvers<void>();
  session.own("slow", { [Symbol.asyncDispose]: () => promise });
  await clock.advanceAsync(5_000);
  connection.received(4);
  await clock.advanceAsync(3_000);
  connection.closed(1006, "");
  await clock.advanceAsync(1_500);
  resolve();
  await settle();
  expect(await endOf(bench, session.id)).toMatchObject({
    lastSeenAtMs: startMs + 5_000,
    lastActiveAtMs: startMs,
    detectedAtMs: startMs + 8_000,
    releasedAtMs: startMs + 9_500,
    cleanupMs: 1_500,
  });
});

it("LED7 an end records the settings revision, the pauses since the session's opening and the memory level", async () => {
  const used = { residentBytes: 85, residentLimitBytes: 100, heapUsedBytes: 1, heapLimitBytes: 100 };
  const bench = createTestBench({ memory: { sample: () => used } });
  const { clock, keeper } = bench;
  const pause = async (ms: number) => {
    clock.pause(ms);
    await clock.advanceAsync(1_000);
  };
  await bench.join({ user: "earlier" });
  await pause(7_000);
  const { session } = await bench.join();
  await pause(3_100);
  await pause(4_100);
  keeper.applySettings({ ...keeper.settings, maxSessions: 7 }, { revision: 3, author: "grace" });
  await bench.waitWhile(() => keeper.stats().memory.level !== "soft");
  void session.end();
  expect(await endOf(bench, session.id)).toMatchObject({ settingsRevision: 3, pauses: 2, memoryLevel: "soft" });
  const { pausedMs } = await endOf(bench, session.id);
  expect(pausedMs).toBeGreaterThan(6_800);
  expect(pausedMs).toBeLessThanOrEqual(7_200);
});

it("LED7 HB2 an end records the latest round trips, in whole milliseconds of the monotonic clock", async () => {
  const bench = createTestBench({ settings: { heartbeatIntervalMs: 2_000, heartbeatPongTimeoutMs: 1_000 } });
  const { clock } = bench;
  const { session, connection, socket } = await bench.join({ mute: true });
  for (const [at, roundTripMs] of [37, 840, 5].entries()) {
    while (socket.count("heartbeat") === at) clock.advance(1);
    clock.advance(roundTripMs);
    connection.received(4);
  }
  expect(session.lastRoundTripMs).toBe(5);
  while (session.misses === 0) clock.advance(10);
  connection.received(4);
  expect(session.snapshot().beats).toContain(null);
  void session.end();
  expect((await endOf(bench, session.id)).roundTripsMs).toEqual([37, 840, 5, expect.any(Number)]);
});

it.each([
  ["client", "a close frame", ({ connection }) => connection.closed(1000, "")],
  ["network", "a cut connection", ({ connection }) => connection.closed(1006, "")],
  ["server", "the application", ({ session }) => void session.end()],
  ["operator", "an operator", ({ session }, { keeper }) => void keeper.end(session.id, { reason: "ended_by_operator" })],
] satisfies [string, string, (client: Awaited<ReturnType<TestBench["join"]>>, bench: TestBench) => void][])(
  "LED7 the initiator of an end is the %s after %s",
  async (initiator, _, endIt) => {
    const bench = createTestBench();
    const client = await bench.join();
    endIt(client, bench);
    expect((await endOf(bench, client.session.id)).initiator).toBe(initiator);
  },
);
