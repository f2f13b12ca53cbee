import { expect, it } from "vitest";
import { SharedTexts } from "./sharedTexts.ts";

it("SES4 texts are answered unchanged, and only so many are kept", () => {
  const texts = new SharedTexts();
  for (let count = 0; count < 10_000; count += 1) {
    expect(texts.share(`client ${count}`)).toBe(`client ${count}`);
    expect(texts.size).toBeLessThanOrEqual(1_024);
  }
  const long = "x".repeat(100_000);
  const before = texts.size;
  expect(texts.share(long)).toBe(long);
  expect(texts.size).toBe(before);
});
