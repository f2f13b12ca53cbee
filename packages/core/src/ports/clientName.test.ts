import { expect, it } from "vitest";
import { clientName } from "./clientName.ts";

it("SES4 a client's name is kept unchanged, up to 200 characters, whatever came before", () => {
  expect([clientName(undefined), clientName(""), clientName("curl/8.5.0")]).toEqual(["", "", "curl/8.5.0"]);
  expect(clientName("x".repeat(1_000))).toBe("x".repeat(200));
  for (let count = 0; count < 5_000; count += 1) expect(clientName(`client ${count}`)).toBe(`client ${count}`);
  expect(clientName("Müller 🐌")).toBe("Müller 🐌");
});
