import type { EndStats } from "@lastbeat/api";
import { expect, test } from "vitest";
import { render } from "vitest-browser-svelte";
import { settingsView } from "#lib/testing.ts";
import DetectionTable from "./DetectionTable.svelte";

function stats(over: Partial<EndStats> = {}): EndStats {
  const percentiles = { detectionMedianMs: null, detectionP99Ms: null, detectionIsExact: true };
  return { total: 0, byTier: {}, byReason: {}, bucketMs: 60_000, buckets: [], ...percentiles, late: {}, ...over };
}

async function table(timeout: EndStats, heartbeat = stats()) {
  return render(DetectionTable, { detection: { socket: stats(), heartbeat, timeout }, settings: settingsView() });
}

test("LED7 ends right under their bound are not late, and their figures are their own", async () => {
  const screen = await table(stats({ total: 110, detectionMedianMs: 180_100, detectionP99Ms: 180_300 }));
  await expect.element(screen.getByRole("cell", { name: "180.3 s" })).toBeVisible();
  await expect.element(screen.getByText("0 of 110 late")).toHaveClass("text-muted");
});

test("LED7 late ends are counted, and say why", async () => {
  const late = { pause: 2, settings: 1 };
  const screen = await table(stats(), stats({ total: 40, detectionP99Ms: 120_000, detectionMedianMs: 70_000, late }));
  const text = "3 of 40 late: 2 because the server had paused, 1 because the settings were changed";
  await expect.element(screen.getByText(text)).toHaveClass("text-suspect");
});

test("LED7 an end late for no known cause is a fault", async () => {
  const screen = await table(stats({ total: 40, detectionP99Ms: 200_000, detectionMedianMs: 70_000, late: { unknown: 1 } }));
  await expect.element(screen.getByText("1 of 40 late: 1 for no known cause")).toHaveClass("text-ended");
});

test("LED7 a percentile that is not exact says so", async () => {
  const over = { total: 1_000_000, detectionMedianMs: 170_000, detectionP99Ms: 181_000, detectionIsExact: false };
  const screen = await table(stats(over));
  await expect.element(screen.getByRole("cell", { name: "≤ 181 s" })).toBeVisible();
});
