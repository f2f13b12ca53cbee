/**
 * Inserts many rows with few statements. SQLite prepares a statement for being undone, where triggers may refuse a row, by copying every
 * page that it changes: a dozen of them for one end, and hardly more for many.
 */
import type Database from "better-sqlite3";
import type { Bound, Insert } from "../rows.ts";
import { isRecordError } from "../storeErrors.ts";

/** Rows per statement, from many to one. */
const SIZES = [64, 16, 4, 1] as const;

/** `refused` is called with the place of each row that cannot be stored; a database error is thrown. Call inside a transaction. */
export type BatchInsert = (rows: readonly Bound[][], refused: (at: number, thrown: unknown) => void) => void;

export function createBatchInsert<Row>(database: Database.Database, insert: Insert<Row>): BatchInsert {
  const statements = SIZES.map((size) => ({ size, statement: database.prepare<[Bound[]]>(insert.text(size)) }));
  const single = database.prepare<[Bound[]]>(insert.text());
  return (rows, refused) => {
    let at = 0;
    for (const { size, statement } of statements) {
      for (; at + size <= rows.length; at += size) {
        try {
          statement.run(rows.slice(at, at + size).flat());
        } catch (thrown) {
          if (!isRecordError(thrown)) throw thrown;
          oneByOne(at, size);
        }
      }
    }

    /** Of a statement that failed nothing is stored. */
    function oneByOne(from: number, size: number): void {
      for (let one = from; one < from + size; one += 1) {
        try {
          single.run(rows[one] as Bound[]);
        } catch (thrown) {
          if (!isRecordError(thrown)) throw thrown;
          refused(one, thrown);
        }
      }
    }
  };
}
