import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unit } from "../testing/arbitraries.ts";
import { holds } from "../testing/property.ts";
import { backoffMs } from "./backoff.ts";

const terms = { baseMs: 1_000, capMs: 30_000 };

describe("backoff", () => {
  it.each([
    [0, 1_000],
    [1, 2_000],
    [4, 16_000],
    [5, 30_000],
    [5_000, 30_000],
  ])("CLT4 attempt %i waits between 0 and %i ms", (attempt, ceiling) => {
    expect(backoffMs(attempt, 0, terms)).toBe(0);
    expect(backoffMs(attempt, 0.5, terms)).toBe(ceiling / 2);
    expect(backoffMs(attempt, 0.999_999, terms)).toBe(ceiling);
  });

  it("CLT4 a thousand clients spread over the whole span at every attempt", () => {
    holds(
      fc.property(fc.nat(40), fc.nat(), (attempt, offset) => {
        const delays = Array.from({ length: 1_000 }, (_, i) =>
          backoffMs(attempt, ((i * 0.618_034 + offset / 2 ** 31) % 1) * 0.999, terms),
        );
        const ceiling = Math.min(30_000, 1_000 * 2 ** attempt);
        const tenths = Array.from({ length: 10 }, (_, tenth) => tenth);
        const perTenth = tenths.map(
          (tenth) => delays.filter((ms) => Math.min(9, Math.floor((ms / ceiling) * 10)) === tenth).length,
        );
        expect(Math.max(...perTenth)).toBeLessThan(150);
        expect(Math.min(...perTenth)).toBeGreaterThan(50);
      }),
      20,
    );
  });

  it("CLT4 a delay is never negative or above its attempt's cap, and the cap never shrinks with the attempt", () => {
    const any = fc.record({ baseMs: fc.integer({ min: 1, max: 60_000 }), capMs: fc.integer({ min: 1, max: 600_000 }) });
    holds(
      fc.property(fc.nat(2_000), unit(), any, (attempt, random, chosen) => {
        const delayMs = backoffMs(attempt, random, chosen);
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThanOrEqual(Math.min(chosen.capMs, chosen.baseMs * 2 ** attempt));
        expect(backoffMs(attempt + 1, random, chosen)).toBeGreaterThanOrEqual(delayMs);
      }),
    );
  });
});
