/**
 * Checks which of a few ends match a text search without using the main word index: they are indexed again in memory with the same rules.
 * Fast for words that occur in very many ends, when a few of the first matches are enough.
 */
import type Database from "better-sqlite3";
import { type EndText, endWords } from "./endWords.ts";

/** `match` is a word index query. Returns the ids of the matching ends. */
export type WordProbe = (ends: readonly number[], match: string) => ReadonlySet<number>;

interface TextRow extends EndText {
  readonly id: number;
}

export function createWordProbe(database: Database.Database): WordProbe {
  database.exec(`CREATE VIRTUAL TABLE IF NOT EXISTS temp.probed
                 USING fts5(words, content='', contentless_delete=1, detail=none, tokenize='unicode61')`);
  const texts = database.prepare<[string], TextRow>(
    `SELECT e.id, s.session_id AS sessionId, s.user, s.room, s.client, e.detail, e.note
     FROM json_each(?) asked CROSS JOIN ends e ON e.id = asked.value CROSS JOIN sessions s ON s.id = e.session`,
  );
  const insert = database.prepare("INSERT INTO temp.probed (rowid, words) VALUES (?, ?)");
  const matches = database.prepare<[string], number>("SELECT rowid FROM temp.probed WHERE probed MATCH ?").pluck();
  const clear = database.prepare("INSERT INTO temp.probed (probed) VALUES ('delete-all')");
  return database.transaction((ends: readonly number[], match: string) => {
    for (const row of texts.all(JSON.stringify(ends))) insert.run(row.id, endWords(row));
    const found = new Set(matches.all(match));
    clear.run();
    return found;
  });
}
