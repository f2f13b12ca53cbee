import { expect, it } from "vitest";
import { endReasonNames, endReasons, isEndReason, tiers } from "./endReason.ts";

it("CLT1 close codes decide whether to reconnect: 4000–4499 do, 4500–4999 do not", () => {
  for (const name of endReasonNames) {
    const { closeCode, retry } = endReasons[name];
    if (closeCode === null || closeCode < 4000) continue;
    expect([name, closeCode < 4500]).toEqual([name, retry]);
  }
});

it("CLT1 every reason has its own close code", () => {
  const codes = endReasonNames.flatMap((name) => endReasons[name].closeCode ?? []);
  expect(new Set(codes).size).toBe(codes.length);
});

it("CLT1 every reason has a known tier and display texts", () => {
  for (const name of endReasonNames) {
    expect(tiers).toContain(endReasons[name].tier);
    expect(endReasons[name].text.length).toBeGreaterThan(5);
    expect(endReasons[name].issuedWhen.length).toBeGreaterThan(10);
  }
  expect(isEndReason("idle")).toBe(true);
  expect(isEndReason("constructor")).toBe(false);
});
