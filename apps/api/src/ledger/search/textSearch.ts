/** From the text that somebody looks for to questions for the word index: every word must be there, the last may go on. */
import { askedWords } from "./endWords.ts";
import type { WordTerms } from "./wordTerms.ts";

export interface TextSearch {
  /** For `MATCH`. */
  readonly match: string;
  /**
   * Set when SQLite would collect all that `match` finds before it yields the first, which takes seconds for millions: the same without
   * the last word, `null` when that leaves nothing.
   */
  readonly collects: { readonly without: string | null } | null;
}

/** A beginning that goes on to so many words is asked for as all of them, which SQLite walks in order without collecting. */
const COMPLETIONS_MAX = 32;

/** `null` when nothing can match: the text holds no word, or the last begins no word of any end. */
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

/** Quoted, so that nothing in it is taken for an operator. */
const quoted = (term: string) => `"${term.replaceAll('"', '""')}"`;
