/** One file of ended sessions for all tests of a suite: written before the first of them, removed after the last. */
import type Database from "better-sqlite3";
import { afterAll, beforeAll } from "vitest";
import { type DirectWriter, directWriter } from "./directWriter.ts";
import { asSessions, type ModelEnd } from "./endModel.ts";
import { type Scratch, scratch } from "./scratchStore.ts";

/** Call it in a `describe`. What it returns can be read while its tests run: what `make` made of the database. */
export function modelLedger<Subject>(
  ends: readonly ModelEnd[],
  make: (database: Database.Database) => Subject,
): { readonly subject: Subject } {
  let place: Scratch;
  let writer: DirectWriter;
  let made: Subject;

  beforeAll(async () => {
    place = scratch();
    writer = await directWriter(place.file);
    writer.ended(asSessions(ends));
    made = make(writer.database);
  });

  afterAll(async () => {
    writer[Symbol.dispose]();
    await place[Symbol.asyncDispose]();
  });

  return {
    get subject() {
      return made;
    },
  };
}
