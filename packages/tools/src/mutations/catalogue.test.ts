import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { mutations } from "./catalogue.ts";

const core = new URL("../../../core/src/", import.meta.url);

it("every mutation still fits the core", () => {
  const misfits = mutations.filter(({ file, find }) => readFileSync(new URL(file, core), "utf8").split(find).length !== 2);
  expect(misfits.map(({ rule, does }) => `${rule} ${does}`)).toEqual([]);
});
