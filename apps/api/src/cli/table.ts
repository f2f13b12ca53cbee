/** Formats rows in aligned columns. Widths only grow, so that later rows stay aligned with earlier ones. */
import { plain } from "./show.ts";

export interface Column<Row> {
  readonly title: string;
  readonly width: number;
  readonly cell: (row: Row) => string;
}

export class Table<Row> {
  readonly #columns: readonly Column<Row>[];
  readonly #widths: number[];
  readonly #maxColumns: number;

  constructor(columns: readonly Column<Row>[], maxColumns: number) {
    this.#columns = columns;
    this.#widths = columns.map(({ width, title }) => Math.max(width, title.length));
    this.#maxColumns = maxColumns;
  }

  /** Formats the rows, optionally with the column titles. */
  lines(rows: readonly Row[], titles: boolean): string {
    const cells = rows.map((row) => this.#columns.map(({ cell }) => plain(cell(row))));
    for (const row of cells) {
      for (const [at, cell] of row.entries()) this.#widths[at] = Math.max(this.#widths[at] ?? 0, [...cell].length);
    }
    const head = titles ? [this.#columns.map(({ title }) => title)] : [];
    return [...head, ...cells].map((row) => `${this.#line(row)}\n`).join("");
  }

  #line(cells: readonly string[]): string {
    const padded = cells.map((cell, at) => cell + " ".repeat(Math.max(0, (this.#widths[at] ?? 0) - [...cell].length)));
    const line = [...padded.join("  ").trimEnd()];
    return line.length <= this.#maxColumns ? line.join("") : `${line.slice(0, this.#maxColumns - 1).join("")}…`;
  }
}
