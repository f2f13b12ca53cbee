/** What the text filter finds ends by. The same splitting serves storing and asking, or they would not meet. */

/** Scripts written without spaces: each character is a word of its own. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/gu;
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

/** The words under which an end is stored. */
export function endWords(end: EndText): string {
  const id = end.sessionId.replace(/^session_/, "");
  return spaced([id, end.user, end.room, end.client, end.detail, end.note].filter((part) => part !== null).join(" "));
}

/** The words of a text that somebody looks for, in their order. */
export function askedWords(text: string): string[] {
  return spaced(text.replace(/\bsession_/gi, ""))
    .split(separators)
    .filter((word) => word !== "")
    .slice(0, maxWords);
}

function spaced(text: string): string {
  return text.replace(unspaced, " $& ");
}
