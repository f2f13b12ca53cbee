/** A server that pauses repeatedly detects its dead clients, and ends none that answers. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { heartbeatBoundMs, pauseProlongsMs } from "../settings/bounds.ts";
import { resolveSettings } from "../settings/settings.ts";
import { createTestBench, type TestBench } from "../testing/bench.ts";
import { holdsAsync } from "../testing/property.ts";

/** A client whose answers take `roundTripMs` of real time, whatever the server does, and wait in the socket while it pauses. */
async function joinHealthy({ clock, join }: TestBench, roundTripMs: number) {
  const client = await join({ mute: true });
  const onTheWay: number[] = [];
  client.socket.onHeartbeat = () => onTheWay.push(clock.monotonicMs() + roundTripMs);
  const deliver = () => {
    while ((onTheWay[0] ?? Number.POSITIVE_INFINITY) <= clock.monotonicMs()) {
      onTheWay.shift();
      client.connection.received(4);
    }
  };
  return { ...client, deliver };
}

it("TO4 detects a dead client although the server pauses for 1.3 s every 15 s", async () => {
  const bench = createTestBench({ settings: { sessionTimeoutMs: 86_400_000 } });
  const { clock, join, ledger, keeper } = bench;
  const dead = await join({ mute: true });
  const healthy = await join();
  for (let turn = 0; turn < 240; turn += 1) {
    await clock.advanceAsync(13_700, 1_370);
    clock.pause(1_300);
  }
  expect(healthy.session.state).toBe("active");
  const ended = ledger.entry(dead.session.id)?.ended;
  expect(ended).toMatchObject({ reason: "unreachable", misses: 3, lateCause: "pause" });
  expect(ended?.detectionMs).toBeLessThanOrEqual(heartbeatBoundMs(keeper.settings) + pauseProlongsMs(keeper.settings));
});

it("TO4 the sweep detects it too, when the heartbeat tier has lost it", async () => {
  const { clock, join, ledger, engine } = createTestBench({ settings: { sessionTimeoutMs: 86_400_000 } });
  const { session } = await join({ mute: true });
  const record = engine.registry.get(session.id);
  if (record?.state.name !== "active") throw new Error("no record");
  for (let turn = 0; turn < 240 && session.state === "active"; turn += 1) {
    record.state.sentMs = -1;
    record.state.dueMs = engine.observed.nowMs + 30_000;
    await clock.advanceAsync(13_700, 1_370);
    clock.pause(1_300);
  }
  expect(ledger.entry(session.id)?.ended).toMatchObject({ reason: "overdue" });
});

const plan = fc.record({
  intervalMs: fc.integer({ min: 1_000, max: 30_000 }),
  pongMs: fc.integer({ min: 500, max: 20_000 }),
  maxFailures: fc.integer({ min: 1, max: 4 }),
  /** Share of the pong timeout that an answer takes. */
  roundTrip: fc.constantFrom(0.01, 0.3, 0.9),
  pauses: fc.array(
    fc.record({ afterMs: fc.integer({ min: 0, max: 25_000 }), pauseMs: fc.integer({ min: 1_200, max: 40_000 }) }),
    {
      minLength: 20,
      maxLength: 60,
    },
  ),
});

it("TO4 TIM3 no series of pauses hides a dead client beyond the extended bound, or ends one that answers in time", async () => {
  await holdsAsync(
    fc.asyncProperty(plan, async ({ intervalMs, pongMs, maxFailures, roundTrip, pauses }) => {
      const settings = resolveSettings({
        heartbeatIntervalMs: Math.max(intervalMs, pongMs),
        heartbeatPongTimeoutMs: pongMs,
        heartbeatMaxFailures: maxFailures,
        sessionTimeoutMs: 86_400_000,
        sweepIntervalMs: 1_000,
      });
      const bench = createTestBench({ settings });
      const { clock, join, ledger, engine, story } = bench;
      const dead = await join({ mute: true });
      const healthy = await joinHealthy(bench, Math.max(1, Math.floor((pongMs - 200) * roundTrip)));
      clock.onInput = healthy.deliver;
      const joinedMs = engine.observed.nowMs;
      // Each pause makes one tick late, and a late tick may delay the first beat and each verdict by one.
      const boundMs = heartbeatBoundMs(settings) + pauseProlongsMs(settings) + (maxFailures + 1) * settings.tickMs;
      for (const { afterMs, pauseMs } of pauses) {
        await clock.advanceAsync(afterMs, 100);
        clock.pause(pauseMs);
        if (engine.observed.nowMs - joinedMs > boundMs) break;
      }
      await clock.advanceAsync(Math.max(0, joinedMs + boundMs - engine.observed.nowMs) + 200, 100);
      const ended = ledger.entry(dead.session.id)?.ended;
      expect(ended?.reason).toMatch(/^(unreachable|overdue)$/);
      expect(ended?.detectionMs).toBeLessThanOrEqual(boundMs);
      expect([healthy.session.state, story(healthy.session.id)]).toEqual(["active", []]);
    }),
    40,
  );
}, 60_000);
