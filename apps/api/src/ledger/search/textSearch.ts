/** Translates a search text to a word index query: all words must match, the last one as a prefix. */
import { askedWords } from "./endWords.ts";
import type { WordTerms } from "./wordTerms.ts";

export interface TextSearch {
  /** Argument for `MATCH`. */
  readonly match: string;
  /**
   * Set if SQLite would collect all matches before yielding the first, which takes seconds for millions. `without` is the query without the
   * last word; `null` if no words remain.
   */
  readonly collects: { readonly without: string | null } | null;
}

/** A prefix with up to this many completions is queried as all of them, which SQLite walks in order without collecting. */
const COMPLETIONS_MAX = 32;

/** Returns `null` if nothing can match: the text has no words, or no end has a word starting with the last one. */
export function textSearch(terms: WordTerms, text: string): TextSearch | null {
  const words = askedWords(text);
  const last = terms.of(words.pop() ?? "");
  const whole = words.flatMap((word) => terms.of(word)).map(quoted);
  const [start] = last;
  if (start === undefined || last.length > 1) return walking([...whole, ...last.map(quoted)]);
  const completions = terms.beginningWith(start, COMPLETIONS_MAX);
  if (completions === null) {
    const without = whole.length === 0 ? null : all(whole);
    return { match: all([...whole, `${quoted(start)} *`]), collects: { without } };
  }
  return completions.length === 0 ? null : walking([...whole, `(${completions.map(quoted).join(" OR ")})`]);
}

function walking(parts: readonly string[]): TextSearch | null {
  return parts.length === 0 ? null : { match: all(parts), collects: null };
}

const all = (parts: readonly string[]) => parts.join(" AND ");

/** Quotes a term, so that nothing in it is parsed as an operator. */
const quoted = (term: string) => `"${term.replaceAll('"', '""')}"`;
