import { expect, it } from "vitest";
import { Courier } from "./courier.ts";
import { stopTimes } from "./stopTimes.ts";

it.each([
  // Without a limit, or with a long one, it has six seconds in all.
  [Number.POSITIVE_INFINITY, { deliverMs: 3_000, endMs: 6_000 }],
  [60_000, { deliverMs: 3_000, endMs: 6_000 }],
  [8_000, { deliverMs: 2_000, endMs: 4_000 }],
  [1_000, { deliverMs: 250, endMs: 500 }],
  [0, { deliverMs: 0, endMs: 0 }],
  [-20, { deliverMs: 0, endMs: 0 }],
])("RUN7 of %d ms left of a stop, the courier leaves half to the ledger", (leftMs, times) => {
  expect(stopTimes(leftMs)).toEqual(times);
});

it("RUN7 a courier that hangs holds up a stop no longer than its part of the limit", async () => {
  const { promise: hangs, resolve } = Promise.withResolvers<void>();
  const silent = () => {};
  const log = { debug: silent, info: silent, warn: () => resolve(), error: silent };
  const courier = new Courier({
    start: { file: "none", webhooks: [] },
    store: { change: async () => 0 },
    log,
    onReport: silent,
    script: new URL("./testing/hangingCourier.ts", import.meta.url),
  });
  await hangs;
  const startMs = performance.now();
  await courier.close(400);
  // Far from the six seconds that it has without a limit.
  expect(performance.now() - startMs).toBeLessThan(3_000);
});
