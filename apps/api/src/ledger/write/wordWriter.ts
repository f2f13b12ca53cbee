/** Writes the words of ends to the word index. */
import type Database from "better-sqlite3";
import { isRecordError } from "../storeErrors.ts";

/** The id of an end and its words. */
export type WordsOfEnd = readonly [id: number, words: string];

/**
 * Returns a function that writes them. Call it inside a transaction, after everything else of a group: the index gathers words in memory,
 * and a statement of another table in between would make it write what it has as a segment of its own.
 */
export function createWordWriter(database: Database.Database): (words: WordsOfEnd[]) => void {
  const insert = database.prepare<[number, string]>("INSERT INTO ends_words (rowid, words) VALUES (?, ?)");
  return (all) => {
    // Ids that do not rise would make a segment, too.
    all.sort(([a], [b]) => a - b);
    for (const [id, words] of all) {
      try {
        insert.run(id, words);
      } catch (thrown) {
        // An end that is stored must not hold up others because its words cannot be.
        if (!isRecordError(thrown)) throw thrown;
      }
    }
  };
}
