/** The keepalive keeps a quiet connection open and has no other effect. */
import { expect, it } from "vitest";
import { presetSettings } from "../settings/presets.ts";
import { createTestBench } from "../testing/bench.ts";

const quiet = { heartbeatIntervalMs: 120_000, heartbeatPongTimeoutMs: 30_000, sessionTimeoutMs: 3_600_000, idleWarningMs: 0 };

/** The longest time without a send while `forMs` pass, milliseconds. */
async function longestSilence(
  bench: ReturnType<typeof createTestBench>,
  calls: readonly string[],
  forMs: number,
): Promise<number> {
  let longestMs = 0;
  let silentMs = 0;
  for (let passedMs = 0; passedMs < forMs; passedMs += 100) {
    const before = calls.length;
    await bench.clock.advanceAsync(100);
    silentMs = calls.length > before ? 0 : silentMs + 100;
    longestMs = Math.max(longestMs, silentMs);
  }
  return longestMs;
}

it.each(["save-traffic", "constrained", "production"] as const)(
  "SOC4 with the preset %s no connection is silent for 46 s",
  async (name) => {
    const bench = createTestBench({ settings: { ...presetSettings(name), sessionTimeoutMs: 3_600_000 } });
    const { socket } = await bench.join();
    expect(await longestSilence(bench, socket.calls, 600_000)).toBeLessThan(46_000);
  },
);

it("SOC4 sends nothing extra where heartbeats are more frequent", async () => {
  const { clock, join } = createTestBench({ settings: { sessionTimeoutMs: 3_600_000 } });
  const { socket } = await join();
  await clock.advanceAsync(600_000, 1_000);
  expect(socket.count("keep_open")).toBe(0);
});

it("SOC4 other sends keep the connection open too", async () => {
  const { clock, join } = createTestBench({ settings: quiet });
  const { socket, connection } = await join();
  for (let turn = 0; turn < 20; turn += 1) {
    await clock.advanceAsync(40_000, 1_000);
    connection.sent();
  }
  expect(socket.count("keep_open")).toBe(0);
});

it("SOC4 0 switches it off, and a change reaches running sessions", async () => {
  const { clock, join, keeper } = createTestBench({ settings: { ...quiet, keepaliveMs: 0 } });
  const { socket } = await join();
  await clock.advanceAsync(50_000, 1_000);
  expect(socket.count("keep_open")).toBe(0);
  keeper.applySettings({ ...keeper.settings, keepaliveMs: 10_000 }, { revision: 1, author: "grace" });
  await clock.advanceAsync(10_200, 100);
  expect(socket.count("keep_open")).toBe(1);
});

it("SOC4 a keepalive is neither a beat nor a sign of life: a dead client is detected as before, as unreachable", async () => {
  const ends = [];
  for (const keepaliveMs of [0, 5_000]) {
    const { clock, join, ledger } = createTestBench({ settings: { ...quiet, keepaliveMs } });
    const { session, socket } = await join({ mute: true });
    await clock.advanceAsync(300_000, 1_000);
    expect(socket.count("keep_open") > 0).toBe(keepaliveMs > 0);
    const { reason, detectionMs, misses, roundTripsMs } = ledger.entry(session.id)?.ended ?? {};
    ends.push({ reason, detectionMs, misses, roundTripsMs });
  }
  expect(ends[0]).toMatchObject({ reason: "unreachable", misses: 3 });
  expect(ends[1]).toEqual(ends[0]);
});

it("SOC4 a socket without keepOpen is left alone", async () => {
  const { clock, join } = createTestBench({ settings: quiet });
  const { socket, session } = await join();
  Object.defineProperty(socket, "keepOpen", { value: undefined });
  await clock.advanceAsync(100_000, 1_000);
  expect(session.state).toBe("active");
});
