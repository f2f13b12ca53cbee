import { expect, test } from "vitest";
import { Namesakes } from "./namesakes.ts";

test("WHO1 persons of one name are numbered as they come to be known, and keep their numbers", () => {
  const namesakes = new Namesakes();
  const numberOf = (person: string, user: string) => namesakes.numberOf({ person, user });
  expect([numberOf("a", "Ana"), numberOf("b", "ana"), numberOf("c", "Bo"), numberOf("d", "ANA")]).toEqual([1, 2, 1, 3]);
  expect([numberOf("d", "ANA"), numberOf("a", "Ana")]).toEqual([3, 1]);
});
