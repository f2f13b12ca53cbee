import { describe, expect, it } from "vitest";
import { AT_ONCE, Pace } from "./pace.ts";
import { GIVE_UP_AFTER_MS, nextAttemptMs, resultOf, waitMs } from "./retryPlan.ts";

const HOUR_MS = 3_600_000;

const failed = { failedAttempts: 1, createdAtMs: 0, nowMs: 0, refusedForGood: false, retryAfterMs: null, random: 1 };

describe("when a delivery is tried again", () => {
  it("WHK3 after a second, then twice as long each time, up to an hour", () => {
    const waits = Array.from({ length: 15 }, (_, at) => waitMs(at + 1, 1) / 1_000);
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 3_600, 3_600, 3_600]);
    expect(waitMs(10_000, 1)).toBe(HOUR_MS);
  });

  it("WHK3 a random half of each wait keeps many deliveries from coming back at once", () => {
    expect([waitMs(4, 0), waitMs(4, 0.5), waitMs(4, 1)]).toEqual([4_000, 6_000, 8_000]);
  });

  it("WHK3 it is given up when an attempt fails three days after it was written, and never without one", () => {
    expect(nextAttemptMs({ ...failed, nowMs: GIVE_UP_AFTER_MS - 1 })).toBe(GIVE_UP_AFTER_MS - 1 + 1_000);
    expect(nextAttemptMs({ ...failed, nowMs: GIVE_UP_AFTER_MS })).toBeNull();
  });

  it("WHK3 over three days with an hour between attempts there are some eighty", () => {
    let [nowMs, attempts] = [0, 1];
    for (let next = nextAttemptMs(failed); next !== null && attempts < 1_000; attempts += 1) {
      nowMs = next;
      next = nextAttemptMs({ ...failed, failedAttempts: attempts + 1, nowMs });
    }
    expect([nowMs >= GIVE_UP_AFTER_MS, nowMs <= GIVE_UP_AFTER_MS + HOUR_MS, attempts]).toEqual([true, true, 84]);
  });

  it("WHK3 the receiver may ask for a longer wait, of at most an hour, but not for a shorter one", () => {
    expect(nextAttemptMs({ ...failed, retryAfterMs: 30_000 })).toBe(30_000);
    expect(nextAttemptMs({ ...failed, retryAfterMs: 90 * HOUR_MS })).toBe(HOUR_MS);
    expect(nextAttemptMs({ ...failed, failedAttempts: 10, retryAfterMs: 1_000 })).toBe(512_000);
  });

  it.each([
    [200, true],
    [204, true],
    [299, true],
    [199, false],
    [301, false],
    [400, false],
    [500, false],
  ])("WHK3 the status %i counts as delivered: %s", (status, delivered) => {
    expect(resultOf(status, undefined).delivered).toBe(delivered);
  });

  it("WHK3 410 gives this one up at once, and a redirect is not followed", () => {
    const gone = resultOf(410, undefined);
    expect(gone).toEqual({ delivered: false, error: "answered 410", refusedForGood: true, retryAfterMs: null });
    expect(nextAttemptMs({ ...failed, refusedForGood: true })).toBeNull();
    expect(resultOf(302, undefined)).toMatchObject({ error: "answered 302; redirects are not followed", refusedForGood: false });
    expect(resultOf(503, "7")).toMatchObject({ retryAfterMs: 7_000 });
    expect(resultOf(503, "Wed, 21 Oct 2026 07:28:00 GMT")).toMatchObject({ retryAfterMs: null });
  });
});

describe("how many deliveries at once", () => {
  const fail = (pace: Pace, times: number, nowMs = 0) => {
    for (let at = 0; at < times; at += 1) pace.failed("answered 500", nowMs, 1);
  };

  it("WHK4 eight while deliveries succeed, and after fewer than five failures in a row", () => {
    const pace = new Pace();
    expect([pace.room(0, 0), pace.room(7, 0), pace.room(8, 0)]).toEqual([AT_ONCE, 1, 0]);
    fail(pace, 4);
    expect([pace.isDown, pace.room(0, 0)]).toEqual([false, AT_ONCE]);
    pace.succeeded();
    fail(pace, 4);
    expect([pace.isDown, pace.failingSinceMs, pace.error]).toEqual([false, 0, "answered 500"]);
  });

  it("WHK4 a receiver that is down gets one at a time, at most once a minute however long it lasts", () => {
    const pace = new Pace();
    fail(pace, AT_ONCE);
    expect([pace.isDown, pace.room(0, 999), pace.room(0, 1_000), pace.room(1, 1_000)]).toEqual([true, 0, 1, 0]);
    const pauses: number[] = [];
    for (let nowMs = 1_000, at = 0; at < 9; at += 1) {
      pace.failed("answered 500", nowMs, 1);
      let until = nowMs;
      while (pace.room(0, until) === 0) until += 1_000;
      pauses.push((until - nowMs) / 1_000);
      nowMs = until;
    }
    expect(pauses).toEqual([2, 4, 8, 16, 32, 60, 60, 60, 60]);
  });

  it("WHK4 one success, and it gets eight at once again", () => {
    const pace = new Pace();
    fail(pace, 20);
    pace.succeeded();
    expect([pace.isDown, pace.room(0, 0), pace.failingSinceMs, pace.error]).toEqual([false, AT_ONCE, null, null]);
  });
});
