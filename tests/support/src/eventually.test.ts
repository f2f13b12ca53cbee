import { expect, test } from "vitest";
import { eventually, within } from "./eventually.ts";

test("retries until the attempt succeeds, and returns its result", async () => {
  let tries = 0;
  const third = () => {
    tries += 1;
    if (tries < 3) throw new Error(`try ${tries}`);
    return tries;
  };
  expect(await eventually(third, { everyMs: 1 })).toBe(3);
});

test("throws the last error after the deadline", async () => {
  let tries = 0;
  const failing = () => Promise.reject(new Error(`try ${++tries}`));
  const thrown = await eventually(failing, { withinMs: 20, everyMs: 1 }).catch((error: Error) => error.message);
  expect(thrown).toBe(`try ${tries}`);
  expect(tries).toBeGreaterThan(1);
});

test("rejects with the name of a promise that takes too long", async () => {
  await expect(within(new Promise(() => {}), 1, "the end")).rejects.toThrow("the end took longer than 1 ms");
  expect(await within(Promise.resolve("done"), 1_000, "the end")).toBe("done");
});
