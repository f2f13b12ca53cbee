/** Splits text into words for the text filter. Storing and searching must use the same splitting to match. */

/** Scripts written without spaces, in which each character counts as a word. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/gu;
const notAscii = /[^\0-\x7f]/;
const separators = /[^\p{L}\p{M}\p{N}]+/u;
const maxWords = 20;

export interface EndText {
  readonly sessionId: string;
  readonly user: string;
  readonly room: string | null;
  readonly client: string;
  readonly detail: string;
  readonly note: string | null;
}

/** The searchable words of an end. */
export function endWords(end: EndText): string {
  const id = end.sessionId.replace(/^session_/, "");
  return spaced([id, end.user, end.room, end.client, end.detail, end.note].filter((part) => part !== null).join(" "));
}

/** The words of a search text, in order. */
export function askedWords(text: string): string[] {
  return spaced(text.replace(/\bsession_/gi, ""))
    .split(separators)
    .filter((word) => word !== "")
    .slice(0, maxWords);
}

function spaced(text: string): string {
  return notAscii.test(text) ? text.replace(unspaced, " $& ") : text;
}
