import { expect, test } from "vitest";
import { render } from "vitest-browser-svelte";
import { endView } from "#lib/testing.ts";
import EndRowInClock from "./EndRowInClock.test.svelte";

test("LED7 a row opens the whole evidence of an end", async () => {
  const screen = await render(EndRowInClock, {
    end: endView({
      cleanup: "incomplete",
      resourcesFailed: [{ name: "chat room", cause: "took longer than 5 s" }],
      pauses: 2,
      pausedMs: 3_400,
      eviction: { level: "hard", usedBytes: 950, limitBytes: 1_000, rank: 3, batch: 2 },
      crashedBetweenMs: [1_000, 2_000],
      note: "asked us to",
      operator: "operator",
    }),
  });
  await expect.element(screen.getByText("The client was unreachable")).toBeVisible();
  await screen.getByRole("button", { expanded: false }).click();

  for (const fact of [
    "82 s, within the bound of 90.1 s",
    "3 heartbeats unanswered",
    "4001",
    "incomplete, in 2.5 ms",
    "chat room: took longer than 5 s",
    "2, 3.4 s in total",
    "rank 3 of batch 2, at the hard threshold: 950 B of 1,000 B (95 %)",
    "12 ms, 9.5 ms",
    "asked us to",
    "192.0.2.7",
  ]) {
    await expect.element(screen.getByRole("definition").filter({ hasText: fact })).toBeVisible();
  }
});

test("LED7 a detection over its bound is marked, and says what prolonged it", async () => {
  const screen = await render(EndRowInClock, { end: endView({ detectionMs: 95_000, lateCause: "pause" }) });
  await screen.getByRole("button", { expanded: false }).click();
  await expect.element(screen.getByText(/over the bound of 90\.1 s: the server had paused/)).toBeVisible();
});
