/** Writes the words of ends to the word index. */
import type Database from "better-sqlite3";
import { isRecordError } from "../storeErrors.ts";

/** The id of an end and its words. */
export type WordsOfEnd = readonly [id: number, words: string];

/**
 * Returns a function that writes them in one statement, after everything else of a group: any statement of another table in between makes
 * SQLite write the words so far as a segment of their own. Call inside a transaction.
 */
export function createWordWriter(database: Database.Database): (words: WordsOfEnd[]) => void {
  const insert = database.prepare<[number, string]>("INSERT INTO ends_words (rowid, words) VALUES (?, ?)");
  const insertMany = database.prepare<[string]>(
    "INSERT INTO ends_words (rowid, words) SELECT value ->> 0, value ->> 1 FROM json_each(?)",
  );

  /** An end that is stored must not hold up others because its words cannot be. */
  function tryOne([id, words]: WordsOfEnd): void {
    try {
      insert.run(id, words);
    } catch (thrown) {
      if (!isRecordError(thrown)) throw thrown;
    }
  }

  return (words) => {
    const [only, ...others] = words;
    if (only === undefined) return;
    if (others.length === 0) return tryOne(only);
    // The index writes a segment wherever the ids do not rise.
    words.sort(([a], [b]) => a - b);
    try {
      insertMany.run(JSON.stringify(words));
    } catch (thrown) {
      if (!isRecordError(thrown)) throw thrown;
      for (const one of words) tryOne(one);
    }
  };
}
