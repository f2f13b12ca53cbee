import { expect, test } from "vitest";
import { ENDS_PER_MS, EndIds, firstEndId } from "./endId.ts";

/** Ids as a table would hold them once the rows of a batch are inserted. */
function createTable() {
  const stored: number[] = [];
  const ids = new EndIds((from, to) => stored.filter((id) => id >= from && id < to).sort((a, b) => b - a)[0] ?? null);
  return {
    insert(times: readonly number[]) {
      ids.begin();
      const allocated = times.map((ms) => ids.allocate(ms));
      stored.push(...allocated);
      return allocated;
    },
    stored,
  };
}

test("LED7 ids follow the time of detection, also of rows that are not in order and not in the table yet", () => {
  const table = createTable();
  table.insert([5]);
  expect(table.insert([7, 5, 7, 5, 9])).toEqual([
    firstEndId(7),
    firstEndId(5) + 1,
    firstEndId(7) + 1,
    firstEndId(5) + 2,
    firstEndId(9),
  ]);
});

test("LED7 what is too much for a millisecond goes to the next ones, beside what is there", () => {
  const table = createTable();
  table.insert([6, 6]);
  table.insert([5, ...Array.from({ length: 3 * ENDS_PER_MS }, () => 5), 6, 7, 8]);
  table.insert([5, 6]);
  expect(new Set(table.stored).size).toBe(table.stored.length);
  expect(Math.max(...table.stored)).toBe(firstEndId(8) + 7);
});

test("ids that were allocated for nothing are free again", () => {
  const ids = new EndIds(() => null);
  expect(ids.allocate(3)).toBe(firstEndId(3));
  ids.begin();
  expect(ids.allocate(3)).toBe(firstEndId(3));
});
