import { createSeededRandom } from "@lastbeat/core/testing";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../durations.ts";
import { TrustedTime } from "./trustedTime.ts";

const START_MS = 1_700_000_000_000;

/** Two clocks; `skew` moves the wall clock alone. */
function clocks(knownMs: number | null = START_MS, wallAheadMs = 0) {
  let monoMs = 5_000;
  let aheadMs = wallAheadMs;
  const reading = () => ({ wallMs: START_MS + monoMs - 5_000 + aheadMs, monoMs });
  const time = new TrustedTime(reading(), knownMs);
  return {
    time,
    skew: (ms: number) => {
      aheadMs += ms;
    },
    /** Reads every half minute for so long and returns what happened. */
    run(forMs: number) {
      const changes = [];
      for (let ms = 0; ms < forMs; ms += MINUTE_MS / 2) {
        monoMs += MINUTE_MS / 2;
        const change = time.read(reading());
        if (change.kind !== "none") changes.push(change);
      }
      return changes;
    },
    trueMs: () => START_MS + monoMs - 5_000,
  };
}

describe("the time that retention goes by", () => {
  it("LED8 follows a wall clock that moves on as the monotonic one does, slewed or not", () => {
    const { time, run, skew, trueMs } = clocks();
    for (let hour = 0; hour < 48; hour += 1) {
      skew(20);
      expect(run(HOUR_MS)).toEqual([]);
    }
    expect(time.trustedMs).toBe(trueMs() + 48 * 20);
  });

  it("LED8 does not follow a jump of a hundred days, and follows again when it is taken back", () => {
    const { time, run, skew, trueMs } = clocks();
    run(HOUR_MS);
    skew(100 * DAY_MS);
    expect(run(MINUTE_MS)).toEqual([
      { kind: "jumped", jump: expect.objectContaining({ aheadMs: 100 * DAY_MS, needsLook: true }) },
    ]);
    expect(time.trustedMs).toBe(trueMs());
    expect(run(5 * DAY_MS)).toEqual([]);
    expect(time.trustedMs).toBe(trueMs());
    skew(-100 * DAY_MS);
    expect(run(MINUTE_MS)).toEqual([{ kind: "believed", aheadMs: 100 * DAY_MS }]);
    expect([time.trustedMs, time.jump]).toEqual([trueMs(), null]);
  });

  it("LED8 follows a jump of a hundred days only after an hour and an operator's look", () => {
    const { time, run, skew, trueMs } = clocks();
    skew(100 * DAY_MS);
    run(10 * MINUTE_MS);
    expect([time.looked(), time.looked()]).toEqual([true, false]);
    expect(time.jump?.needsLook).toBe(false);
    expect(run(45 * MINUTE_MS)).toEqual([]);
    expect(time.trustedMs).toBe(trueMs());
    expect(run(20 * MINUTE_MS)).toEqual([{ kind: "believed", aheadMs: 100 * DAY_MS }]);
    expect(time.trustedMs).toBe(trueMs() + 100 * DAY_MS);
  });

  it("LED8 takes back an operator's look when the clock jumps again", () => {
    const { time, run, skew } = clocks();
    skew(100 * DAY_MS);
    run(10 * MINUTE_MS);
    time.looked();
    skew(DAY_MS);
    run(2 * HOUR_MS);
    expect(time.jump).toMatchObject({ aheadMs: 101 * DAY_MS, needsLook: true });
  });

  it("LED8 keeps an operator's look while the clock is slewed, for days", () => {
    const { time, run, skew } = clocks();
    skew(100 * DAY_MS);
    run(10 * MINUTE_MS);
    for (let hour = 0; hour < 100; hour += 1) {
      skew(200);
      expect(run(HOUR_MS)).toEqual([]);
    }
    expect(time.looked()).toBe(true);
    expect(run(MINUTE_MS)).toMatchObject([{ kind: "believed" }]);
  });

  it("LED8 follows a jump of hours, as of a machine that slept, after an hour without anybody's look", () => {
    const { time, run, skew, trueMs } = clocks();
    skew(8 * HOUR_MS);
    expect(run(MINUTE_MS)).toMatchObject([{ kind: "jumped", jump: { aheadMs: 8 * HOUR_MS, needsLook: false } }]);
    expect([time.looked(), time.trustedMs]).toEqual([false, trueMs()]);
    expect(run(HOUR_MS)).toMatchObject([{ kind: "believed" }]);
    expect(time.trustedMs).toBe(trueMs() + 8 * HOUR_MS);
  });

  it("LED8 believes a start within a day of what the ledger knows, and no later one", () => {
    expect(clocks(START_MS - 20 * HOUR_MS).time.trustedMs).toBe(START_MS);
    expect(clocks(START_MS, 100 * DAY_MS).time.trustedMs).toBe(START_MS);
    expect(clocks(null, 100 * DAY_MS).time.trustedMs).toBe(START_MS + 100 * DAY_MS);
  });

  it("LED8 says at a start with a wrong clock that it jumped", () => {
    const { time, run } = clocks(START_MS, 100 * DAY_MS);
    expect(run(MINUTE_MS)).toMatchObject([{ kind: "jumped", jump: { needsLook: true } }]);
    expect(time.looked()).toBe(true);
  });

  it("LED8 a clock that starts in 1970 and is then set right needs nobody's look", () => {
    const { time, run, skew, trueMs } = clocks(START_MS, -50 * 365 * DAY_MS);
    run(MINUTE_MS);
    expect(time.jump).toMatchObject({ needsLook: false });
    expect(time.nowMs).toBeLessThan(START_MS / 2);
    skew(50 * 365 * DAY_MS);
    expect(run(MINUTE_MS)).toMatchObject([{ kind: "believed" }]);
    expect(time.trustedMs).toBe(trueMs());
  });

  it("LED8 whatever the wall clock does within an hour, trusted time is never more than a minute ahead of the true one", () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = createSeededRandom(seed);
      const { time, run, skew, trueMs } = clocks();
      let skewedMs = 0;
      for (let jump = 0; jump < 30; jump += 1) {
        const byMs = (random.int(2_000) - 1_000) * HOUR_MS;
        skew(byMs - skewedMs);
        skewedMs = byMs;
        run((1 + random.int(55)) * MINUTE_MS);
        expect(time.trustedMs - trueMs(), `seed ${seed}`).toBeLessThanOrEqual(MINUTE_MS);
      }
    }
  });
});
