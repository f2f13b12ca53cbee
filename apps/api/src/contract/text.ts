/**
 * Normalises text from people on input: well-formed Unicode, with lone surrogates replaced by U+FFFD as every UTF-8 encoder does, and
 * composed (NFC), so that text that looks the same compares equal.
 */
import { z } from "zod";
import { expected } from "./validation.ts";

export function normalised(text: string): string {
  return text.toWellFormed().normalize("NFC");
}

/**
 * No writing system puts more combining marks than this on one character (UAX #15, section 13). Composition is quadratic in their number:
 * without a limit one frame could block the event loop for half a second, one request for half a minute.
 */
const MAX_MARKS = 30;
const tooManyMarks = new RegExp(`\\p{M}{${MAX_MARKS + 1}}`, "u");

/** Schema for text from people. Normalises it before its length or anything else is checked. */
export function text() {
  const error = expected(`a string with at most ${MAX_MARKS} marks on one character`);
  return z
    .string()
    .refine((given) => !tooManyMarks.test(given), { error, abort: true })
    .overwrite(normalised);
}

/**
 * A visible character: not white space, not a control character, and not one that shows nothing by itself. The last three look blank
 * although Unicode does not class them so: the empty Braille pattern, the musical null notehead, and the object replacement character.
 */
const visible = /[^\p{White_Space}\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{M}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\ufffc]/u;

export function showsSomething(text: string): boolean {
  return visible.test(text);
}
