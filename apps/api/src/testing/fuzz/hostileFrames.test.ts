import { expect, test } from "vitest";
import { fuzzServer } from "./fuzzServer.ts";

const DURATION_MS = 10_000;

test("SES4 no frame of either dialect ends the server, throws where nobody catches, or harms the sessions beside it", async () => {
  const seed = Number(process.env.LASTBEAT_TEST_SEED ?? Date.now() % 2 ** 31);
  const { frames } = await fuzzServer(seed, DURATION_MS);
  expect(frames).toBeGreaterThan(50);
});
