/** Formats ended sessions as CSV (RFC 4180), safe to open in a spreadsheet. */
import { shownFields } from "../contract/endFields.ts";
import type { EndView } from "../contract/views.ts";

const columns = Object.keys(shownFields) as (keyof EndView)[];

/** Text that a spreadsheet would treat as a formula, including full-width signs. */
const formula = /^[\s]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

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
  const text = typeof value === "string" ? value : JSON.stringify(value);
  // User input must not run as a formula when an operator opens the file.
  const harmless = formula.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
