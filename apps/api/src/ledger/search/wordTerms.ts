/** Terms of the word index: tokenises text and finds terms by prefix. Uses SQLite's own tokeniser, so that both agree. */
import type Database from "better-sqlite3";

export interface WordTerms {
  /** The terms of a text, in no particular order. */
  of(text: string): string[];
  /** The terms with this prefix; `null` if there are more than `atMost`. */
  beginningWith(start: string, atMost: number): string[] | null;
}

/** Appended to a term, sorts after it and before all longer terms with that prefix, because no term contains it. */
const NEXT = "\u0001";

export function createWordTerms(database: Database.Database): WordTerms {
  database.exec(`
    CREATE VIRTUAL TABLE IF NOT EXISTS temp.cut USING fts5(words, content='', contentless_delete=1, detail=none, tokenize='unicode61');
    CREATE VIRTUAL TABLE IF NOT EXISTS temp.cut_terms USING fts5vocab('temp', 'cut', 'row');
    CREATE VIRTUAL TABLE IF NOT EXISTS temp.ends_terms USING fts5vocab('main', 'ends_words', 'instance')`);
  const insert = database.prepare("INSERT INTO temp.cut (rowid, words) VALUES (1, ?)");
  const cutTerms = database.prepare<[], string>("SELECT term FROM temp.cut_terms").pluck();
  const clear = database.prepare("INSERT INTO temp.cut (cut) VALUES ('delete-all')");
  const cut = database.transaction((text: string) => {
    insert.run(text);
    const terms = cutTerms.all();
    clear.run();
    return terms;
  });
  // One row per occurrence, so that a term's first row is found without counting the others.
  const firstFrom = database.prepare<[string], string>("SELECT term FROM temp.ends_terms WHERE term >= ? LIMIT 1").pluck();
  return {
    of: (text) => cut(text),
    beginningWith(start, atMost) {
      const found: string[] = [];
      for (let from = start; ; from = `${found.at(-1)}${NEXT}`) {
        const term = firstFrom.get(from);
        if (term === undefined || !term.startsWith(start)) return found;
        if (found.length === atMost) return null;
        found.push(term);
      }
    },
  };
}
