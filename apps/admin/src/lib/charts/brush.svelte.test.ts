import { expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { render } from "vitest-browser-svelte";
import { NOW_MS } from "../testing.ts";
import { brushed, nudged, snapped } from "./brush.ts";
import EndsChart from "./EndsChart.svelte";

const MINUTE = 60_000;
const field = { fromMs: NOW_MS - 60 * MINUTE, toMs: NOW_MS, bucketMs: MINUTE, width: 600 };

test("a drag chooses whole buckets, either way round, and never more than is shown", () => {
  expect(brushed(105, 214, field)).toEqual({ fromMs: field.fromMs + 10 * MINUTE, toMs: field.fromMs + 22 * MINUTE });
  expect(brushed(214, 105, field)).toEqual(brushed(105, 214, field));
  expect(brushed(-50, 9_000, field)).toEqual({ fromMs: field.fromMs, toMs: field.toMs });
  expect(brushed(300, 300, field).toMs - brushed(300, 300, field).fromMs).toBe(MINUTE);
});

test("keys move one edge by buckets, never past the other nor out of the chart", () => {
  const whole = { fromMs: field.fromMs, toMs: field.toMs };
  expect(nudged(whole, "fromMs", "ArrowRight", field)?.fromMs).toBe(field.fromMs + MINUTE);
  expect(nudged(whole, "fromMs", "ArrowLeft", field)?.fromMs).toBe(field.fromMs);
  expect(nudged(whole, "fromMs", "End", field)?.fromMs).toBe(field.toMs - MINUTE);
  expect(nudged(whole, "toMs", "PageDown", field)?.toMs).toBe(field.toMs - 10 * MINUTE);
  expect(nudged(whole, "toMs", "Home", field)?.toMs).toBe(field.fromMs + MINUTE);
  expect(nudged(whole, "toMs", "x", field)).toBeNull();
  const ragged = { ...field, toMs: NOW_MS + 12_345 };
  expect(nudged({ fromMs: field.fromMs, toMs: ragged.toMs }, "toMs", "ArrowLeft", ragged)?.toMs).toBe(NOW_MS);
  expect(snapped({ fromMs: NOW_MS + 5_000, toMs: NOW_MS + 6_000 }, ragged)).toEqual({ fromMs: NOW_MS, toMs: ragged.toMs });
});

async function chart() {
  await page.viewport(800, 600);
  const onpick = vi.fn();
  const buckets = Array.from({ length: 60 }, (_, minute) => ({
    atMs: field.fromMs + minute * MINUTE,
    byTier: { socket: 1 + (minute % 4) },
  }));
  const stats = { bucketMs: MINUTE, buckets, total: 150 };
  const screen = await render(EndsChart, { stats, fromMs: field.fromMs, toMs: field.toMs, onpick });
  return { screen, onpick };
}

test("dragging over the histogram picks the stretch under the pointer; a click picks nothing", async () => {
  const { screen, onpick } = await chart();
  const brush = screen.getByTestId("brush").element() as HTMLElement;
  const { left, top, width } = brush.getBoundingClientRect();
  const at = (share: number) => ({
    clientX: left + width * share,
    clientY: top + 20,
    bubbles: true,
    pointerId: 1,
    button: 0,
    isPrimary: true,
  });
  // Chromium captures real pointers only.
  brush.setPointerCapture = () => {};
  const send = (type: string, share: number) => brush.dispatchEvent(new PointerEvent(type, at(share)));
  send("pointerdown", 0.5);
  send("pointerup", 0.5);
  expect(onpick).not.toHaveBeenCalled();
  send("pointerdown", 0.25);
  send("pointermove", 0.4);
  send("pointermove", 0.5);
  send("pointerup", 0.5);
  const [{ fromMs, toMs }] = onpick.mock.calls[0] ?? [{}];
  expect(fromMs).toBe(field.fromMs + 15 * MINUTE);
  expect(toMs).toBe(field.fromMs + 30 * MINUTE);
});

test("the keyboard picks the same: an edge is moved by arrows, Enter takes it, Escape lets go", async () => {
  const { screen, onpick } = await chart();
  const start = screen.getByRole("slider", { name: "Start of the time range" });
  (start.element() as HTMLElement).focus();
  await userEvent.keyboard("{ArrowRight}{ArrowRight}{PageUp}");
  await expect.element(start).toHaveAttribute("aria-valuenow", String(field.fromMs + 12 * MINUTE));
  await userEvent.keyboard("{Escape}");
  await expect.element(start).toHaveAttribute("aria-valuenow", String(field.fromMs));
  await userEvent.keyboard("{Enter}");
  expect(onpick).not.toHaveBeenCalled();
  await userEvent.keyboard("{PageUp}{Enter}");
  expect(onpick).toHaveBeenCalledExactlyOnceWith({ fromMs: field.fromMs + 10 * MINUTE, toMs: field.toMs });
});
