import { expect, test } from "vitest";
import { Namesakes } from "./namesakes.ts";

test("WHO1 persons of one name are numbered as they come to be known, and keep their numbers", () => {
  const namesakes = new Namesakes();
  const numberOf = (person: string, user: string) => namesakes.numberOf({ person, user });
  expect([numberOf("a", "Ana"), numberOf("b", "ana"), numberOf("c", "Bo"), numberOf("d", "ANA")]).toEqual([1, 2, 1, 3]);
  expect([numberOf("d", "ANA"), numberOf("a", "Ana")]).toEqual([3, 1]);
});

test("WHO1 whoever comes under ever new ids does not make the page grow without end", () => {
  const namesakes = new Namesakes();
  for (let at = 0; at < 10_000; at += 1) expect(namesakes.numberOf({ person: `p${at}`, user: "Eve" })).toBe(at + 1);
  expect(namesakes.numberOf({ person: "one more", user: "Eve" })).toBe(1);
  expect(namesakes.numberOf({ person: "one more", user: "Eve" })).toBe(1);
});
