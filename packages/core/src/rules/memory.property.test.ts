import fc from "fast-check";
import { expect, it } from "vitest";
import type { SessionRecord } from "../keeper/record.ts";
import type { MemoryLevel } from "../ports/ledger.ts";
import { between, validSettings } from "../testing/arbitraries.ts";
import { holds } from "../testing/property.ts";
import { sampleRecord, sampleStates } from "../testing/sampleRecords.ts";
import {
  CALM_FOR_MS,
  calmMemory,
  findVictims,
  HARD_SAMPLES,
  HARD_SHARE,
  memoryUse,
  nextMemoryState,
  SOFT_FOR_MS,
  SOFT_IDLE_MS,
} from "./memory.ts";

const ratios = fc.array(between(0, 1.2), { maxLength: 60 });
const sampleEveryMs = fc.integer({ min: 100, max: 5_000 });

it("MEM1 the level falls only below a threshold, and rises only after its time", () => {
  holds(
    fc.property(validSettings(), ratios, sampleEveryMs, (settings, samples, everyMs) => {
      let state = calmMemory;
      samples.forEach((ratio, at) => {
        const before = state.level;
        state = nextMemoryState(state, ratio, { nowMs: at * everyMs, settings });
        const { level } = state;
        const latest = samples.slice(Math.max(0, at - HARD_SAMPLES + 1), at + 1);
        if (level === "ok" && before !== "ok") expect(ratio).toBeLessThan(settings.memoryOk);
        if (before !== "ok" && ratio >= settings.memoryOk) expect(level).not.toBe("ok");
        if (before !== "hard" && level === "hard") {
          expect(latest).toHaveLength(HARD_SAMPLES);
          for (const sample of latest) expect(sample).toBeGreaterThanOrEqual(settings.memoryHard);
        }
        if (before === "hard" && ratio >= settings.memoryHard) expect(level).toBe("hard");
        if (before === "hard" && level === "soft") {
          const since = samples.slice(0, at + 1).findLastIndex((sample) => sample >= settings.memoryHard) + 1;
          expect((at - since) * everyMs).toBeGreaterThanOrEqual(CALM_FOR_MS);
        }
        if (before === "ok" && level === "soft") {
          const since = samples.slice(0, at + 1).findLastIndex((sample) => sample < settings.memorySoft) + 1;
          expect((at - since) * everyMs).toBeGreaterThanOrEqual(SOFT_FOR_MS);
        }
      });
    }),
    300,
  );
});

it("MEM1 the measure is the larger of two shares, and never negative", () => {
  const bytes = fc.nat(2 ** 31 - 1);
  holds(
    fc.property(bytes, bytes, bytes, bytes, bytes, (residentBytes, residentLimitBytes, heapUsedBytes, heapLimitBytes, limit) => {
      const use = memoryUse({ residentBytes, residentLimitBytes, heapUsedBytes, heapLimitBytes }, limit);
      const share = (used: number, of: number) => (of > 0 ? used / of : 0);
      const resident = share(residentBytes, limit > 0 ? limit : residentLimitBytes);
      expect(use.ratio).toBe(Math.max(resident, share(heapUsedBytes, heapLimitBytes)));
      if (use.limitBytes > 0) expect(use.usedBytes / use.limitBytes).toBe(use.ratio);
    }),
  );
});

const session: fc.Arbitrary<SessionRecord> = fc
  .record({
    state: fc.constantFrom("active", "active", "active", "suspended", "ending", "opening"),
    kind: fc.constantFrom("user", "user", "user", "admin"),
    activeMs: fc.nat(20).map((steps) => steps * 10_000),
    bytes: fc.nat(3),
    busy: fc.constantFrom<string[]>([], [], ["generating"]),
  } as const)
  .map(({ state, kind, activeMs, bytes, busy }) =>
    sampleRecord(sampleStates[state](), { kind, activeMs, holdings: { resources: [], busy: [...busy], bytes } }),
  );
// Occasionally more than fit in one sorted run.
const sessions = fc.oneof(
  { arbitrary: fc.array(session, { maxLength: 80 }), weight: 9 },
  fc.array(session, { minLength: 600, maxLength: 900 }),
);
const NOW_MS = 200_000;

const mayGo = ({ kind, state }: SessionRecord) => kind === "user" && (state.name === "active" || state.name === "suspended");
const chooseVictims = (all: readonly SessionRecord[], level: MemoryLevel, nowMs: number) =>
  [...findVictims(all, level, nowMs)].filter((step) => step !== null);
const isBusy = ({ holdings }: SessionRecord) => (holdings?.busy.length ?? 0) > 0;

it("MEM2 each level ends the required sessions; the hard level at least those of the soft level and a twentieth", () => {
  holds(
    fc.property(sessions, (all) => {
      const candidates = all.filter(mayGo);
      const soft = chooseVictims(all, "soft", NOW_MS);
      const hard = chooseVictims(all, "hard", NOW_MS);
      expect(chooseVictims(all, "ok", NOW_MS)).toEqual([]);
      const endsAtSoft = candidates.filter(
        (record) => record.state.name === "suspended" || (!isBusy(record) && NOW_MS - record.activeMs > SOFT_IDLE_MS),
      );
      expect(new Set(soft)).toEqual(new Set(endsAtSoft));
      expect(hard.length).toBeGreaterThanOrEqual(candidates.length * HARD_SHARE);
      expect(hard.slice(0, soft.length)).toEqual(soft);
      expect(hard.length).toBeLessThanOrEqual(Math.max(soft.length, Math.ceil(candidates.length * HARD_SHARE)));
    }),
  );
});

it("MEM3 no session is chosen twice, and never an admin session or one that is not live", () => {
  holds(
    fc.property(sessions, fc.constantFrom<MemoryLevel>("soft", "hard"), (all, level) => {
      const victims = chooseVictims(all, level, NOW_MS);
      expect(new Set(victims).size).toBe(victims.length);
      for (const victim of victims) expect(mayGo(victim)).toBe(true);
    }),
  );
});

it("MEM3 apart from ties, the rank does not depend on the order of iteration", () => {
  const key = (record: SessionRecord) => [
    record.state.name === "suspended" ? 0 : isBusy(record) ? 2 : 1,
    record.activeMs,
    -(record.holdings?.bytes ?? 0),
  ];
  holds(
    fc.property(sessions, fc.constantFrom<MemoryLevel>("soft", "hard"), (all, level) => {
      const victims = chooseVictims(all, level, NOW_MS).map(key);
      expect(chooseVictims(all.toReversed(), level, NOW_MS).map(key)).toEqual(victims);
      for (let at = 1; at < victims.length; at += 1) {
        const [a, b] = [victims[at - 1], victims[at]] as [number[], number[]];
        const differs = a.findIndex((value, index) => value !== b[index]);
        if (differs >= 0) expect(a[differs]).toBeLessThan(b[differs] as number);
      }
    }),
  );
});

it("MEM3 among sessions of equal rank, the first in the iteration goes first", () => {
  const equals = Array.from({ length: 40 }, () => sampleRecord(sampleStates.active(), { activeMs: 0 }));
  expect(chooseVictims(equals, "hard", 1_000)).toEqual(equals.slice(0, 2));
});
