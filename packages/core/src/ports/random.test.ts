import { expect, it } from "vitest";
import { systemRandom } from "./random.ts";

it("SES5 random bytes are never given out twice, whatever is asked for", () => {
  const seen = new Set<string>();
  const counts = [16, 32, 64, 65, 33, 8];
  for (let round = 0; round < 3_000; round += 1) {
    const count = counts[round % counts.length] as number;
    const bytes = systemRandom.bytes(count);
    expect(bytes.length).toBe(count);
    seen.add(Buffer.from(bytes.subarray(0, 8)).toString("hex"));
  }
  expect(seen.size).toBe(3_000);
});

it("SES5 bytes that were given out belong to their taker", () => {
  const first = systemRandom.bytes(32);
  const copy = Buffer.from(first);
  for (let round = 0; round < 1_000; round += 1) systemRandom.bytes(32).fill(0);
  expect(copy.equals(first)).toBe(true);
});
