import fc from "fast-check";
import { expect, it } from "vitest";
import { judgeClose } from "../client/closePolicy.ts";
import { closeReasonText, parseCloseReason } from "../protocol/close.ts";
import { endReasonNames, endReasons } from "../protocol/endReason.ts";
import { unit } from "../testing/arbitraries.ts";
import { holds } from "../testing/property.ts";
import { retryDelayMs } from "./retryDelay.ts";

const reason = fc.constantFrom(...endReasonNames);
const live = fc.nat(1_000_000);

it("CLT2 a delay is given exactly for reasons with retry, and grows with the number of sessions, up to a minute", () => {
  holds(
    fc.property(reason, live, unit(), (name, sessions, random) => {
      const delayMs = retryDelayMs(name, { live: sessions, random });
      expect(delayMs > 0).toBe(endReasons[name].retry);
      expect(delayMs).toBeLessThanOrEqual(60_250);
      expect(retryDelayMs(name, { live: sessions + 1_000, random })).toBeGreaterThanOrEqual(delayMs);
    }),
  );
});

it.each([
  ["server_shutdown", 1_000, [250, 5_250, 10_250]],
  ["memory_pressure", 6_000, [250, 30_250, 60_250]],
  ["server_full", 60_000, [250, 30_250, 60_250]],
  ["server_full", 10, [250, 750, 1_250]],
  ["connection_lost", 60_000, [250, 750, 1_250]],
  ["idle", 60_000, [0, 0, 0]],
] as const)(
  "CLT2 the delays of %s with %i live sessions are spread evenly, at a hundred clients per second",
  (name, sessions, delays) => {
    expect([0, 0.5, 1].map((random) => retryDelayMs(name, { live: sessions, random }))).toEqual(delays);
  },
);

it("CLT1 CLT2 the client parses from the close frame what the server encoded, within the frame's 123 bytes", () => {
  holds(
    fc.property(reason, live, unit(), (name, sessions, random) => {
      const retryAfterMs = retryDelayMs(name, { live: sessions, random });
      const text = closeReasonText(name, retryAfterMs);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(123);
      expect(parseCloseReason(text)).toEqual({ reason: name, retryAfterMs: retryAfterMs > 0 ? retryAfterMs : null });
      const { closeCode, retry } = endReasons[name];
      if (closeCode === null) return;
      expect(judgeClose(closeCode, text, null)).toMatchObject({ reconnect: retry, retryAfterMs: retryAfterMs || null });
    }),
  );
});

it("CLT1 whatever a close contains, the client reaches a verdict and waits at most ten minutes", () => {
  const advice = fc.option(
    fc.record({ reason, retry: fc.boolean(), retryAfterMs: fc.oneof(fc.integer(), fc.constant(Number.MAX_SAFE_INTEGER)) }),
  );
  holds(
    fc.property(fc.nat(5_000), fc.string(), advice, (code, text, told) => {
      const { reconnect, retryAfterMs } = judgeClose(code, text, told);
      expect(typeof reconnect).toBe("boolean");
      if (retryAfterMs === null) return;
      expect(retryAfterMs).toBeGreaterThan(0);
      expect(retryAfterMs).toBeLessThanOrEqual(600_000);
    }),
  );
});
