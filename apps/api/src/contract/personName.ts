/**
 * Names of people: how they are tidied, which are refused, and which look alike (rules NAM1 and NAM2). Follows Unicode's UTS #39 where a
 * chat needs it: <https://www.unicode.org/reports/tr39/>.
 */
import unhomoglyph from "unhomoglyph";

/** Longer ones are refused whatever they become, so they are not worth the time. */
const LONGEST_TIDIED = 400;

/** Compatibility forms become plain ones (`Ａｄａ`, `𝐀𝐝𝐚` and `Ada` are one name), and the space between words one blank. */
export function tidyName(name: string): string {
  if (name.length > LONGEST_TIDIED) return name;
  return name
    .normalize("NFKC")
    .trim()
    .replace(/\p{Zs}+/gu, " ");
}

/** Characters that show nothing and are needed by no writing system, and those that control a terminal or the direction of text. */
const hidden =
  /[\p{Cc}\p{Zl}\p{Zp}\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f]|\u034f/u;
const hiddenBlanks = /[\u2800\u3164\ufeff\uffa0\ufff0-\ufffc\u{1bca0}-\u{1bca3}\u{1d159}\u{1d173}-\u{1d17a}]/u;
/**
 * Joiners and variation selectors, which some scripts and emoji need, where they change nothing: after a letter or a digit of an alphabet
 * that does not join. `1️⃣` is an emoji.
 */
const idleJoiner = new RegExp(
  `(?<=[\\p{Script=Latin}\\p{Script=Cyrillic}\\p{Script=Greek}\\p{Script=Armenian}\\p{Nd}\\p{Z}]\\p{M}*?)` +
    "(?:\\u200c|\\u200d|[\\u{e0100}-\\u{e01ef}]|[\\ufe00-\\ufe0f](?!\\u20e3))",
  "u",
);
/** The characters of a flag's region, where there is no flag before them. */
const idleTags = /(?<![\u{1f3f4}\u{e0020}-\u{e007f}])[\u{e0000}-\u{e007f}]/u;

/** Whether a name holds characters that nobody sees. */
export function hidesSomething(name: string): boolean {
  return hidden.test(name) || hiddenBlanks.test(name) || idleJoiner.test(name) || idleTags.test(name);
}

/** Alphabets with letters that look like another's. */
const alphabets = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
];

/** Whether one word of the name has letters of two alphabets, as `Аda` with a Cyrillic first letter. */
export function mixesAlphabets(name: string): boolean {
  const words = name.match(/[\p{L}\p{M}]+/gu) ?? [];
  return words.some((word) => alphabets.filter((alphabet) => alphabet.test(word)).length > 1);
}

/**
 * Two names look alike if they are not one name, case aside, and one of their looks is the same (rule NAM2). Letters that look alike are one
 * letter (UTS #39's table); of plain Latin letters and digits only `I`, `l`, `1` and `|`, and `O` and `0`, so that Kai, Kal and Arno, Amo
 * stay different. Not for display.
 */
export function looksOf(name: string): readonly string[] {
  const latin = Array.from(visiblePart(name), latinLetter).join("").normalize("NFC");
  // The second is read without regard to case, where a small i is no l.
  return [`as is ${plainShapes(latin)}`, `in any case ${plainShapes(latin.toLowerCase()).toLowerCase()}`];
}

/** The same for names that differ in case only: that is seen, and they are told apart like two people of one name. */
export function caseless(name: string): string {
  return tidyName(name).toLowerCase();
}

function visiblePart(name: string): string {
  return tidyName(name)
    .normalize("NFD")
    .replace(/[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}]/gu, "");
}

/** The Latin letter that a letter of another alphabet looks like, if there is one. The table has `rn` for m. */
function latinLetter(letter: string): string {
  if (letter <= "\u007f") return letter;
  const found = unhomoglyph(letter);
  return found === "rn" ? "m" : found;
}

function plainShapes(text: string): string {
  return text.replace(/[I1|]/g, "l").replace(/0/g, "O");
}
