import fc from "fast-check";
import { expect, it } from "vitest";
import { heartbeatBoundMs, heartbeatSoonestMs, MAX_RENEWALS } from "../settings/bounds.ts";
import { resolveSettings, type Settings } from "../settings/settings.ts";
import { heartbeatSettings, unit } from "../testing/arbitraries.ts";
import { createTestBench } from "../testing/bench.ts";
import { holds, holdsAsync } from "../testing/property.ts";
import { sampleBeat } from "../testing/sampleRecords.ts";
import {
  decideHeartbeat,
  firstBeatDelayMs,
  type Heartbeat,
  heartbeatDueMs,
  NONE,
  nextBeatDueMs,
  rescheduledDueMs,
} from "./heartbeat.ts";

/** Applies a verdict as the keeper does, without a socket: the same steps on the same fields. */
function act(beat: Heartbeat, nowMs: number, { heartbeatPongTimeoutMs, heartbeatMaxFailures }: Settings, pauses = 0): boolean {
  const send = () => Object.assign(beat, { sentMs: nowMs, limitMs: heartbeatPongTimeoutMs, pauses });
  switch (decideHeartbeat(beat, nowMs, { maxFailures: heartbeatMaxFailures, pauses, askMs: 0 })) {
    case "wait":
    case "heard":
      return false;
    case "send":
      send();
      return false;
    case "renew":
      beat.renewals += 1;
      send();
      return false;
    case "miss":
      beat.misses += 1;
      send();
      return false;
    case "dead":
      beat.misses += 1;
      return true;
  }
}

const settings = heartbeatSettings({ maxIntervalMs: 20_000, maxFailures: 6 });

it("HB5 from the last sign of life to the verdict it takes no longer than the bound and no less than the shortest time, at every phase", () => {
  holds(
    fc.property(settings, unit(), unit(), fc.nat(8), (chosen, first, phase, answers) => {
      const { tickMs, heartbeatIntervalMs } = chosen;
      const beat = sampleBeat(firstBeatDelayMs(heartbeatIntervalMs, first));
      let seenMs = 0;
      let left = answers;
      for (let nowMs = tickMs; ; nowMs += tickMs) {
        const dead = act(beat, nowMs, chosen);
        if (beat.misses > chosen.heartbeatMaxFailures) throw new Error(`${beat.misses} misses`);
        if (dead) {
          expect(beat.misses).toBe(chosen.heartbeatMaxFailures);
          expect(nowMs - seenMs).toBeLessThanOrEqual(heartbeatBoundMs(chosen));
          expect(nowMs - seenMs).toBeGreaterThanOrEqual(heartbeatSoonestMs(chosen));
          return;
        }
        // The client answers some beats after a random part of the pong timeout, and then dies.
        if (beat.sentMs === NONE || left === 0 || nowMs - beat.sentMs < phase * (beat.limitMs - tickMs)) continue;
        left -= 1;
        seenMs = nowMs;
        beat.dueMs = nextBeatDueMs(beat.sentMs, nowMs, { intervalMs: heartbeatIntervalMs, random: { float: () => phase } });
        Object.assign(beat, { sentMs: NONE, misses: 0 });
      }
    }),
    300,
  );
});

it("TIM3 pauses never end a client sooner; each delays the verdict by at most one beat, and all together by at most two", () => {
  const pausedAt = fc.uniqueArray(fc.nat(400), { maxLength: 6 });
  holds(
    fc.property(settings, unit(), pausedAt, (chosen, first, ticks) => {
      const { tickMs, heartbeatIntervalMs, heartbeatPongTimeoutMs } = chosen;
      const beat = sampleBeat(firstBeatDelayMs(heartbeatIntervalMs, first));
      let pauses = 0;
      for (let nowMs = tickMs; ; nowMs += tickMs) {
        if (ticks.includes(nowMs / tickMs)) pauses += 1;
        if (!act(beat, nowMs, chosen, pauses)) continue;
        const extraMs = Math.min(pauses, MAX_RENEWALS) * (heartbeatPongTimeoutMs + tickMs);
        expect(nowMs).toBeGreaterThanOrEqual(heartbeatSoonestMs(chosen));
        expect(nowMs).toBeLessThanOrEqual(heartbeatBoundMs(chosen) + extraMs);
        return;
      }
    }),
  );
});

it("HB1 HB6 a beat is never scheduled later than one interval from now, and one that is due sooner keeps its time", () => {
  const time = fc.nat(1e7);
  holds(
    fc.property(time, time, fc.integer({ min: 200, max: 3_600_000 }), unit(), (dueMs, nowMs, intervalMs, random) => {
      const next = rescheduledDueMs(dueMs, nowMs, { intervalMs, random });
      expect(next).toBeLessThanOrEqual(nowMs + intervalMs);
      if (dueMs <= nowMs + intervalMs) expect(next).toBe(dueMs);
      else expect(next).toBeGreaterThanOrEqual(nowMs);

      const after = nextBeatDueMs(Math.min(dueMs, nowMs), nowMs, { intervalMs, random: { float: () => random } });
      expect(after).toBeGreaterThanOrEqual(nowMs);
      expect(after).toBeLessThanOrEqual(nowMs + intervalMs);

      const first = firstBeatDelayMs(intervalMs, random);
      expect(first).toBeGreaterThanOrEqual(intervalMs / 2);
      expect(first).toBeLessThan(intervalMs);
    }),
  );
});

it("HB6 a shortened interval spreads the beats brought forward over the whole new interval", () => {
  holds(
    fc.property(
      fc.integer({ min: 1_000, max: 60_000 }),
      fc.array(unit(), { minLength: 400, maxLength: 400 }),
      (intervalMs, draws) => {
        const perTenth = new Array<number>(10).fill(0);
        for (const random of draws) {
          const share = rescheduledDueMs(1e9, 0, { intervalMs, random }) / intervalMs;
          perTenth[Math.floor(share * 10)] = (perTenth[Math.floor(share * 10)] ?? 0) + 1;
        }
        // Shrinking produces identical draws; uniform draws never put half of all beats into one tenth.
        if (new Set(draws).size > 390) expect(Math.max(...perTenth)).toBeLessThan(200);
      },
    ),
    20,
  );
});

it("HB3 an outstanding beat is due at its own limit, a future one at its own time", () => {
  holds(
    fc.property(fc.nat(1e6), fc.nat(1e6), fc.nat(1e5), (dueMs, sentMs, limitMs) => {
      expect(heartbeatDueMs({ ...sampleBeat(dueMs), sentMs, limitMs })).toBe(sentMs + limitMs);
      expect(heartbeatDueMs({ ...sampleBeat(dueMs), limitMs })).toBe(dueMs);
    }),
  );
});

it("HB5 TIM1 a keeper declares dead clients within the bound, whatever the settings and the time of death", async () => {
  const chosen = heartbeatSettings({ maxIntervalMs: 4_000, maxFailures: 4 }, { sessionTimeoutMs: 3_600_000, maxSessions: 50 });
  await holdsAsync(
    fc.asyncProperty(chosen, fc.array(fc.nat(9_000), { minLength: 1, maxLength: 5 }), async (values, deaths) => {
      const { clock, join, ledger } = createTestBench({ settings: values });
      const clients = await Promise.all(deaths.map(() => join()));
      let nowMs = 0;
      for (const [at, diesMs] of [...deaths.entries()].sort((a, b) => a[1] - b[1])) {
        clock.advance(diesMs - nowMs);
        nowMs = diesMs;
        const client = clients[at];
        if (client !== undefined) client.socket.onHeartbeat = null;
      }
      await clock.advanceAsync(heartbeatBoundMs(values) + 10_000, 5_000);
      for (const { session } of clients) {
        const ended = ledger.entry(session.id)?.ended;
        expect(ended).toMatchObject({
          reason: "unreachable",
          misses: values.heartbeatMaxFailures,
          boundMs: heartbeatBoundMs(values),
        });
        expect(ended?.detectionMs).toBeLessThanOrEqual(heartbeatBoundMs(values));
      }
    }),
    25,
  );
}, 30_000);

it("HB6 TIM3 no change of settings and no pause, in any order, ends a client that answers; and the dead end by heartbeat, not by the sweep", async () => {
  const change = fc.record({ afterMs: fc.nat(20_000), pauseMs: fc.constantFrom(0, 0, 5_000), to: settings });
  await holdsAsync(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
      const base = { sessionTimeoutMs: 86_400_000, maxSessions: 50, sweepIntervalMs: 1_000 };
      const { clock, join, keeper, ledger } = createTestBench({ settings: base });
      const alive = await Promise.all([join(), join(), join()]);
      const dead = await Promise.all([join({ mute: true }), join({ mute: true }), join({ mute: true })]);
      for (const [index, { afterMs, pauseMs, to }] of changes.entries()) {
        await clock.advanceAsync(afterMs, 5_000);
        clock.pause(pauseMs);
        const next = resolveSettings({
          ...to,
          ...base,
          tickMs: 100,
          heartbeatPongTimeoutMs: Math.max(100, to.heartbeatPongTimeoutMs),
        });
        keeper.applySettings(next, { revision: index + 1, author: "grace" });
      }
      await clock.advanceAsync(200_000, 10_000);
      for (const { session } of alive) expect([session.state, session.snapshot().misses]).toEqual(["active", 0]);
      for (const { session } of dead) expect(ledger.entry(session.id)?.ended?.reason).toBe("unreachable");
    }),
    25,
  );
}, 30_000);
