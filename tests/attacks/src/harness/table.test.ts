import { expect, test } from "vitest";
import { tableOf, withTable } from "./table.ts";

const measured = { door: "A door", must: "closed", worstEchoMs: 12.3, beforeMiB: 100.4, peakMiB: 120.5, afterMiB: 110 };
const document = "# Security\n\n<!-- attacks: written by `npm run attacks` -->\nold\n<!-- end of attacks -->\n\nmore\n";

test("SEC1 the table says what was measured, and replaces the one before", () => {
  const table = tableOf([
    { ...measured, name: "a | b" },
    { ...measured, name: "c" },
  ]);
  expect(table).toContain("### A door");
  expect(table).toContain("| a \\| b | closed | 12 ms | 100 → 121 → 110 |\n| c |");
  const written = withTable(document, table);
  expect(written).toContain(table);
  expect(written).not.toContain("old");
  expect(withTable(written, table)).toBe(written);
  expect(() => withTable("# Security", table)).toThrow("there is no");
});
