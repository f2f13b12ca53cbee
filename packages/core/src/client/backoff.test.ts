import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs } from "./backoff.ts";

const terms = { baseMs: 1_000, capMs: 30_000 };

describe("backoff", () => {
  it.each([
    [0, 1_000],
    [1, 2_000],
    [4, 16_000],
    [5, 30_000],
    [5_000, 30_000],
  ])("CLT3 attempt %i waits between nothing and %i ms", (attempt, ceiling) => {
    expect(backoffMs(attempt, 0, terms)).toBe(0);
    expect(backoffMs(attempt, 0.5, terms)).toBe(ceiling / 2);
    expect(backoffMs(attempt, 0.999_999, terms)).toBe(ceiling);
  });

  it("CLT3 a thousand clients spread over the whole span, whatever the attempt", () => {
    fc.assert(
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
      { numRuns: 20 },
    );
  });
});
