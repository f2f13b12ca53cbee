import { createSessionKeeper } from "@lastbeat/core";
import { expect, it, onTestFinished, vi } from "vitest";
import { liveWindowInput } from "../contract/liveWindow.ts";
import { LiveWindows } from "./liveWindows.ts";

it("OPS3 a failing live table does not affect others and is logged once per minute", async () => {
  const keeper = createSessionKeeper();
  onTestFinished(() => keeper.close());
  const lines: string[] = [];
  const write = (message: string) => void lines.push(message);
  const live = new LiveWindows({ keeper, log: { debug: write, info: write, warn: write, error: write } });
  onTestFinished(() => live.close());
  const page = { bufferedBytes: 0 };
  const query = liveWindowInput.parse({});
  const failing = vi.fn(() => {
    throw new Error("broken");
  });
  const sent = vi.fn();
  live.open(page, query, failing);
  live.open(page, query, sent);
  await expect.poll(() => sent.mock.calls.length, { timeout: 10_000 }).toBeGreaterThan(0);
  await expect.poll(() => failing.mock.calls.length, { timeout: 10_000 }).toBeGreaterThan(0);
  expect(lines).toEqual(["Updating a live table window failed"]);
});
