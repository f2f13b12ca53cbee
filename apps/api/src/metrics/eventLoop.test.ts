import { eventually } from "@lastbeat/support/eventually";
import { expect, test } from "vitest";
import { EventLoop } from "./eventLoop.ts";

test("MET1 a blocked event loop shows as delay and as busy time, and reading does not take it away", async () => {
  const loop = new EventLoop();
  try {
    await new Promise((resolve) => setTimeout(resolve, 30));
    const untilMs = performance.now() + 150;
    while (performance.now() < untilMs);
    await eventually(() => expect(loop.delay().max).toBeGreaterThan(0.1));
    expect(loop.delay().max).toBeGreaterThan(0.1);
    expect(loop.busySeconds()).toBeGreaterThan(0.1);
  } finally {
    loop.close();
  }
});

test("MET1 garbage collections are counted by kind", async () => {
  const loop = new EventLoop();
  try {
    await eventually(() => {
      // Enough short-lived objects for a minor collection.
      for (let at = 0; at < 100_000; at += 1) JSON.parse(`[${at}]`);
      expect(loop.gc.get("minor")?.count).toBeGreaterThan(0);
    });
  } finally {
    loop.close();
  }
});
