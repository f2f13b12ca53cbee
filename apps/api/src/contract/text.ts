/**
 * What people write, made the same once, at the door: well-formed Unicode, in which half a character is the sign for one that
 * cannot be read (U+FFFD, as every encoder of UTF-8 makes it), and composed (NFC), so that what looks the same is the same.
 */
import { z } from "zod";
import { expected } from "./validation.ts";

export function oneForm(text: string): string {
  return text.toWellFormed().normalize("NFC");
}

/**
 * No writing puts more marks than these on one character (UAX #15, section 13). Composing takes as many steps as the square of their number:
 * without a bound one frame would hold the event loop for half a second, one request for half a minute.
 */
const MAX_MARKS = 30;
const tooManyMarks = new RegExp(`\\p{M}{${MAX_MARKS + 1}}`, "u");

/** A text of people's, in one form before its length or anything else of it is judged. */
export function text() {
  const error = expected(`a string with at most ${MAX_MARKS} marks on one character`);
  return z
    .string()
    .refine((given) => !tooManyMarks.test(given), { error, abort: true })
    .overwrite(oneForm);
}

/**
 * Something that leaves a mark: neither space, nor control, nor of those that show nothing on their own. The last are blank by
 * their look alone: the empty Braille cell, a note without a head, and the place of an object that is not there.
 */
const mark = /[^\p{White_Space}\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{M}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\ufffc]/u;

export function showsSomething(text: string): boolean {
  return mark.test(text);
}

/**
 * What lets a name pose as another: control characters, marks that reverse the direction of writing, line breaks, and characters that
 * nobody sees. Joiners and selectors stay, for scripts and pictures are written with them.
 */
const deceptive = /[\p{Cc}\u00ad\u115f\u1160\u180e\u200b\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffc]|\u034f/u;

export function deceives(name: string): boolean {
  return deceptive.test(name);
}
