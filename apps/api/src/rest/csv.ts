/** Ended sessions as CSV (RFC 4180), safe to open in a spreadsheet. */
import { shownFields } from "../contract/endFields.ts";
import type { EndView } from "../contract/views.ts";

const columns = Object.keys(shownFields) as (keyof EndView)[];

/** A text that begins like this is a formula to a spreadsheet, full-width signs included. */
const formula = /^[\s]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** The heads of the columns, in plain words. */
export const csvHeader = `${columns.map((column) => cell(shownFields[column].head)).join(",")}\r\n`;

/** As earlier versions wrote them, for scripts that look for a column: the names of the JSON. */
export const formerCsvHeader = `${columns.join(",")}\r\n`;

/** One line. Lists and objects are JSON in their cell. */
export function csvLine(end: EndView): string {
  return `${columns.map((column) => cell(end[column])).join(",")}\r\n`;
}

function cell(value: EndView[keyof EndView]): string {
  if (value === null) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  // What users typed must not run on the machine of the operator who opens the file.
  const harmless = formula.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
