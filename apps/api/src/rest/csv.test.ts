import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { holds } from "../../../../packages/core/src/testing/property.ts";
import type { EndView } from "../contract/views.ts";
import { csvLine } from "./csv.ts";

const separators = [",", ";", "\t", "|", ":", " "] as const;

/** The cells that a spreadsheet makes of a text with this separator; `quotes`: whether it takes quotes around a cell as such. */
function cellsOf(text: string, separator: string, quotes: boolean): string[] {
  const cells: string[] = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (quoted && character === '"' && text.charAt(at + 1) === '"') {
      cell += '"';
      at += 1;
    } else if (quoted && character === '"') quoted = false;
    else if (quoted) cell += character;
    else if (quotes && character === '"' && cell === "") quoted = true;
    else if (character === separator || character === "\r" || character === "\n") {
      cells.push(cell);
      cell = "";
    } else cell += character;
  }
  return [...cells, cell];
}

const isFormula = (cell: string) => /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(cell) && !/^\s*(?:-|[-+]?[\d.,]+)\s*$/.test(cell);

function formulas(line: string): string[] {
  return separators.flatMap((separator) =>
    [true, false].flatMap((quotes) =>
      cellsOf(line, separator, quotes)
        .filter(isFormula)
        .map((cell) => `${separator}${cell}`),
    ),
  );
}

const endWith = (fields: Partial<EndView>): EndView =>
  ({ ...sampleOpened("session_a", {}), ...sampleEnded("session_a", {}), ...fields }) as unknown as EndView;

test.each([
  "=1+1",
  "x;=1+1",
  "x\t=1+1",
  "x|@SUM(1)",
  'x;"=1+1"',
  'x; ""=1+1',
  "x\n=1+1",
  "x\r\n;-2+3+cmd|' /C calc'!A0",
  "x ;\uff1d1",
  "hello =HYPERLINK(1)",
  '"=1',
  "';=1",
])("WEB6 a text is no formula, whatever separator the file is opened with: %j", (text) => {
  expect(formulas(csvLine(endWith({ user: text, note: text, detail: text })))).toEqual([]);
});

test("WEB6 no text makes a formula", () => {
  const pieces = fc.constantFrom("=", "+", "-", "@", ";", ",", "\t", "|", ":", '"', "'", " ", "\n", "\r", "a", "1", "\uff1d");
  const text = fc.array(pieces, { maxLength: 12 }).map((all) => all.join(""));
  holds(
    fc.property(text, text, (user, detail) => {
      expect(formulas(csvLine(endWith({ user, detail, resourcesFailed: [{ name: user, cause: detail }] as never })))).toEqual([]);
    }),
    2_000,
  );
});

test.each(["took -5 ms", "a - b", "user@example.com", "2026-01-02", "C++", "see https://x.example/?a=1"])(
  "WEB6 an ordinary text stays as it is: %s",
  (detail) => {
    expect(csvLine(endWith({ detail }))).toContain(detail);
  },
);
