import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const folder = new URL("../../../docs/adr/", import.meta.url);

it("the decisions in docs/adr are numbered consecutively, and each heading has the number of its file", () => {
  const files = readdirSync(folder).sort();
  const numbers = files.map((file) => Number(/^(\d{4})-[a-z-]+\.md$/.exec(file)?.[1]));
  expect(numbers).toEqual(files.map((_, at) => at + 1));
  const headings = files.map((file) => Number(/^# (\d+) · /.exec(readFileSync(new URL(file, folder), "utf8"))?.[1]));
  expect(headings).toEqual(numbers);
});
