import fc from "fast-check";
import { expect, test } from "vitest";
import { holds } from "../../../../packages/core/src/testing/property.ts";
import { selectFirst } from "./selectFirst.ts";

const ascending = (a: number, b: number) => a - b;

function select(items: readonly number[], count: number, compare = ascending): number[] {
  const step = selectFirst(items, { count, compare });
  for (;;) {
    const { done, value } = step.next();
    if (done) return value;
  }
}

test("OPS2 the rows selected are the first ones of all rows sorted", () => {
  holds(
    fc.property(fc.uniqueArray(fc.nat(), { maxLength: 200 }), fc.integer({ min: 1, max: 60 }), (items, count) => {
      expect(select(items, count)).toEqual(items.toSorted(ascending).slice(0, count));
    }),
  );
});

test("OPS2 selecting a window of rows compares most sessions once", () => {
  const many = Array.from({ length: 50_000 }, (_, i) => (i * 7_919) % 50_021);
  let comparisons = 0;
  select(many, 42, (a, b) => {
    comparisons += 1;
    return a - b;
  });
  expect(comparisons).toBeLessThan(1.2 * many.length);
});
