import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Rate, take } from "./rateLimit.ts";

const MINUTE_US = 60_000_000;

describe("WHO5 a rate limit", () => {
  const rate: Rate = { perMinute: 60, burst: 3 };

  test.each([
    ["a burst at once", [0, 0, 0], [true, true, true]],
    ["one more", [0, 0, 0, 0], [true, true, true, false]],
    ["one more a moment too soon", [0, 0, 0, 999_999], [true, true, true, false]],
    ["one more in time", [0, 0, 0, 1_000_000, 1_000_000], [true, true, true, true, false]],
    ["a burst again after a quiet time", [0, 0, 0, 9e6, 9e6, 9e6, 9e6], [true, true, true, true, true, true, false]],
  ])("WHO5 %s", (_, times, allowed) => {
    let fullAtUs = 0;
    const got = times.map((nowUs) => {
      const taken = take({ cost: 1, rate, fullAtUs, nowUs });
      if (taken.ok) fullAtUs = taken.fullAtUs;
      return taken.ok;
    });
    expect(got).toEqual(allowed);
  });

  test("WHO5 of 0 is none", () => {
    expect(take({ cost: 1e9, rate: { perMinute: 0, burst: 1 }, fullAtUs: 0, nowUs: 0 })).toEqual({ ok: true, fullAtUs: 0 });
  });

  const rates = fc.record({ perMinute: fc.integer({ min: 1, max: 1e9 }), burst: fc.integer({ min: 1, max: 1e6 }) });
  const asks = fc.array(fc.tuple(fc.integer({ min: 0, max: 5e6 }), fc.integer({ min: 1, max: 20_000 })), { maxLength: 200 });

  test("WHO5 never gives more than the burst and the rate allow, and takes at the time it has named", () => {
    fc.assert(
      fc.property(rates, asks, (rate, steps) => {
        let [nowUs, fullAtUs, spent] = [0, 0, 0];
        for (const [afterUs, asked] of steps) {
          nowUs += afterUs;
          const cost = Math.min(asked, rate.burst);
          const taken = take({ cost: asked, rate, fullAtUs, nowUs });
          if (taken.ok) {
            fullAtUs = taken.fullAtUs;
            spent += cost;
          } else {
            expect(taken.retryAfterMs).toBeGreaterThan(0);
            const later = nowUs + taken.retryAfterMs * 1_000;
            expect(take({ cost: asked, rate, fullAtUs, nowUs: later }).ok).toBe(true);
          }
          expect(spent).toBeLessThanOrEqual(rate.burst + (nowUs * rate.perMinute) / MINUTE_US + 1e-6);
        }
      }),
    );
  });
});
