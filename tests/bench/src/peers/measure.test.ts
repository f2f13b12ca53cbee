import { describe, expect, test } from "vitest";
import { type ContenderKey, contenders } from "./contenders.ts";
import { measureRound } from "./measure.ts";

/** The bench itself, with so few sessions that its figures mean nothing. */
// Processor time is read from `/proc`.
describe
  .skipIf(process.platform !== "linux")
  .each(["bare", "trpc", "core", "lastbeat-trpc", "lastbeat-json-driven"] as const satisfies readonly ContenderKey[])(
  "a round of %s",
  (key) => {
    test("has every figure, and ends no session that answers", { timeout: 60_000 }, async () => {
      const round = await measureRound(contenders[key], { sessions: 100, intervalMs: 1_000, warmUp: 20, detects: false });
      expect(round.falseEnds).toBe(0);
      for (const spent of [round.connect, round.beat, round.end]) {
        expect(spent.main).toBeGreaterThan(0);
        expect(spent.all).toBeGreaterThanOrEqual(spent.main);
      }
      expect(round.heapBytes).toBeGreaterThan(0);
      expect(round.endDelayMs).toBeGreaterThan(0);
    });
  },
);
