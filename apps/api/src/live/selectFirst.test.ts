import fc from "fast-check";
import { expect, test } from "vitest";
import { holds } from "../../../../packages/core/src/testing/property.ts";
import { selectFirst } from "./selectFirst.ts";
import { finished } from "./testing/finished.ts";

const ascending = (a: number, b: number) => a - b;

test("OPS2 the rows selected are the first ones of all rows sorted", () => {
  holds(
    fc.property(fc.uniqueArray(fc.nat(), { maxLength: 200 }), fc.integer({ min: 1, max: 60 }), (items, count) => {
      expect(finished(selectFirst(items, { count, compare: ascending }))).toEqual(items.toSorted(ascending).slice(0, count));
    }),
  );
});

test("OPS2 selecting a window of rows compares most sessions once", () => {
  const many = Array.from({ length: 50_000 }, (_, i) => (i * 7_919) % 50_021);
  let comparisons = 0;
  const compare = (a: number, b: number) => {
    comparisons += 1;
    return ascending(a, b);
  };
  finished(selectFirst(many, { count: 42, compare }));
  expect(comparisons).toBeLessThan(1.2 * many.length);
});
