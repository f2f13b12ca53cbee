/**
 * Groups of writes are numbered within a boot, and the number of the last one is part of its transaction. A writer that died between
 * a commit and its answer is sent the same group again, and finds here that it is stored.
 */
import type Database from "better-sqlite3";
import type { WriteOutcome } from "../workerMessages.ts";

export interface GroupNumbers {
  /** What was refused of a group that is stored; `null` when the group is not stored. */
  storedAs(number: number): WriteOutcome[] | null;
  /** Call it in the group's transaction. */
  note(number: number, outcomes: readonly WriteOutcome[]): void;
}

export function createGroupNumbers(database: Database.Database, boot: number): GroupNumbers {
  const find = database
    .prepare<[number, number], string>("SELECT last_refused FROM boots WHERE id = ? AND last_group = ?")
    .pluck();
  const note = database.prepare("UPDATE boots SET last_group = ?, last_refused = ? WHERE id = ?");
  return {
    storedAs(number) {
      const refused = find.get(boot, number);
      return refused === undefined ? null : JSON.parse(refused);
    },
    note(number, outcomes) {
      note.run(number, JSON.stringify(outcomes.filter((outcome) => "error" in outcome)), boot);
    },
  };
}
