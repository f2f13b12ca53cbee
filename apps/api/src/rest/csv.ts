/** Formats ended sessions as CSV (RFC 4180), safe to open in a spreadsheet whatever separator it is told to use (rule WEB6). */
import { shownFields } from "../contract/endFields.ts";
import type { EndView } from "../contract/views.ts";

const columns = Object.keys(shownFields) as (keyof EndView)[];

/** What a formula begins with, including the full-width signs, which spreadsheets read alike. */
const sign = "[=+\\-@\\uff1d\\uff0b\\uff0d\\uff20]";
/** At the beginning of a cell. White space and quotes before it do not save anyone. */
const atBeginning = new RegExp(`^["'\\s]*(?:${sign}|[\\t\\r\\n])`);
/** After what may separate cells or lines when the file is opened with another separator, or with none for text. */
const afterSeparator = new RegExp(`(?<=[;,|:\\t\\r\\n]["'\\s]*)(?=${sign})`, "g");
/** Spaces separate cells, too, but a dash or a negative number among words is no formula. */
const afterSpace = new RegExp(`(?<=\\s["']*)(?=${sign})(?!-[\\d.]* )`, "g");
/** A number in a list or an object, which the server made. */
const numberInJson = /(?<=[,:])-\d+(?:\.\d+)?(?=[,\]}])/y;

/** Human-readable column headings. */
export const csvHeader = `${columns.map((column) => cell(shownFields[column].head)).join(",")}\r\n`;

/** The headings of earlier versions, for scripts that look up columns: the JSON field names. */
export const formerCsvHeader = `${columns.join(",")}\r\n`;

/** Formats one line. Lists and objects are written as JSON. */
export function csvLine(end: EndView): string {
  return `${columns.map((column) => cell(end[column])).join(",")}\r\n`;
}

function cell(value: EndView[keyof EndView]): string {
  if (value === null) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const harmless = typeof value === "string" ? harmlessText(value) : harmlessJson(JSON.stringify(value));
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** User input must not run as a formula when an operator opens the file: an apostrophe makes it a text. */
function harmlessText(text: string): string {
  const within = text.replace(afterSeparator, "'").replace(afterSpace, "'");
  return atBeginning.test(within) ? `'${within}` : within;
}

function harmlessJson(json: string): string {
  const within = json.replace(afterSeparator, (_, at: number) => {
    numberInJson.lastIndex = at;
    return numberInJson.test(json) ? "" : "'";
  });
  return within.replace(afterSpace, "'");
}
