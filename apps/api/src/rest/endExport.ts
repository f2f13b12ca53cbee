/** Streams all matching ends, reading from the database in batches as fast as the client consumes them. */
import { Readable } from "node:stream";
import type { EndView } from "../contract/views.ts";
import { csvLine } from "./csv.ts";

export const exportFormats = ["csv", "jsonl"] as const;
export type ExportFormat = (typeof exportFormats)[number];

export const exportTypes: Readonly<Record<ExportFormat, string>> = {
  csv: "text/csv; charset=utf-8; header=present",
  jsonl: "application/jsonl; charset=utf-8",
};

const lines: Readonly<Record<ExportFormat, (end: EndView) => string>> = {
  csv: csvLine,
  jsonl: (end) => `${JSON.stringify(end)}\n`,
};

/** What the exports under a path are called. */
export interface ExportNames {
  /** The file's name without its format. */
  readonly file: string;
  /** The first line of a CSV. */
  readonly csvHeader: string;
}

export interface ExportStyle {
  readonly format: ExportFormat;
  /** The first line of a CSV. */
  readonly csvHeader: string;
}

/** Yields the text of an export, one chunk per batch. */
async function* exportText(
  batches: AsyncIterable<readonly EndView[]>,
  { format, csvHeader }: ExportStyle,
): AsyncGenerator<string> {
  if (format === "csv") yield csvHeader;
  for await (const batch of batches) yield batch.map(lines[format]).join("");
}

/** Resolves once the first batch has been read, so that an unreadable database still yields a regular error response. */
export async function exportStream(batches: AsyncIterable<readonly EndView[]>, style: ExportStyle): Promise<Readable> {
  const iterator = batches[Symbol.asyncIterator]();
  const first = await iterator.next();
  const stream = Readable.from(exportText(resumed(first, iterator), style), { objectMode: false });
  // Not in a `finally` of `resumed`, which never runs if nothing is read.
  stream.once("close", () => void iterator.return?.());
  return stream;
}

async function* resumed(
  first: IteratorResult<readonly EndView[]>,
  rest: AsyncIterator<readonly EndView[]>,
): AsyncGenerator<readonly EndView[]> {
  for (let next = first; next.done !== true; next = await rest.next()) yield next.value;
}
