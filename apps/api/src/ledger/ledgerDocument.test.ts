import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LedgerEvent } from "@lastbeat/core";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commands } from "../cli/run.ts";
import { endQuerySchema } from "../contract/endQuery.ts";
import { errorTable } from "../contract/errors.ts";
import { restErrorCodes } from "../rest/restError.ts";
import { operations } from "../rest/routes.ts";
import { directWriter, endedOps, eventOp, openedOp } from "./testing/directWriter.ts";
import { asSessions, FIRST_MS, modelEnds } from "./testing/endModel.ts";
import { type Scratch, scratch } from "./testing/scratchStore.ts";

const document = readFileSync(join(import.meta.dirname, "../../../../docs/LEDGER.md"), "utf8");

/** The queries of the document, each with the sentence that stands before it. */
const queries = [...document.matchAll(/([^\n]+)\n\n```sql\n([^`]+)```/g)].map(
  ([, words = "", sql = ""]) => [words.replace(/:$/, ""), sql] as const,
);

const events: readonly LedgerEvent[] = [
  { atMs: 1, sessionId: "session_a", event: { type: "suspect", miss: 1, maxFailures: 3, cause: "no answer" } },
  { atMs: 2, sessionId: "session_a", event: { type: "came_back", previousSessionId: "s", reason: "unreachable", afterMs: 9 } },
  { atMs: 3, sessionId: null, event: { type: "refused", cause: "capacity", count: 4, overMs: 60_000 } },
];

describe("docs/LEDGER.md", () => {
  let place: Scratch;

  beforeAll(async () => {
    place = scratch();
    using writer = await directWriter(place.file);
    const shiftMs = Date.now() - FIRST_MS - 60_000;
    writer.ended(asSessions(modelEnds(200).map((end) => ({ ...end, detectedAtMs: end.detectedAtMs + shiftMs }))));
    writer.write([...endedOps("session_late", { ended: { detectionMs: 95_000, boundMs: 90_100 } }), openedOp("session_open")]);
    writer.write(events.map(eventOp));
  });

  afterAll(() => place[Symbol.asyncDispose]());

  it("LED7 has at least ten queries", () => {
    expect(queries.length).toBeGreaterThanOrEqual(10);
    expect(document.split("```sql").length - 1).toBe(queries.length);
  });

  it.each(queries)("LED7 answers over a read-only connection: %s", (_, sql) => {
    const database = new Database(place.file, { readonly: true });
    const rows = database.prepare<[], Record<string, unknown>>(sql).all();
    database.close();
    expect(rows.length).toBeGreaterThan(0);
    for (const value of Object.values(rows[0] ?? {})) expect(value).not.toBeUndefined();
  });

  it("LED7 names every table, view and kind of event that there is", () => {
    const names = place.sql<{ name: string }>(
      `SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT GLOB 'sqlite_*' AND name NOT GLOB 'ends_words_*'
       AND name NOT GLOB '__*'`,
    );
    const source = readFileSync(join(import.meta.dirname, "../../../../packages/core/src/ports/ledger.ts"), "utf8");
    const kinds = [...source.matchAll(/readonly type: "(\w+)"/g)].map(([, kind]) => kind);
    expect(kinds.length).toBeGreaterThan(14);
    for (const name of [...names.map((row) => row.name), ...kinds]) expect(document).toContain(`\`${name}\``);
  });

  it("LED7 names every filter, REST operation, error and command that there is, and no operation or command besides", () => {
    for (const field of Object.keys(endQuerySchema.shape)) expect(document).toContain(`\`${field}\``);
    for (const code of restErrorCodes) {
      expect(document).toMatch(new RegExp(`\`${code}\`( and \`\\w+\`)? ${errorTable[code].rest}`));
    }
    const listed = [...document.matchAll(/^\| `((?:GET|POST|PUT|DELETE) \/api\/\S+)` \|/gm)].map(([, operation]) => operation);
    const there = operations
      .filter(({ deprecated }) => deprecated !== true)
      .map(({ method, path }) => `${method.toUpperCase()} /api${path}`);
    expect(listed.toSorted()).toEqual([...there, "GET /api/openapi.json"].toSorted());
    const section = document.slice(document.indexOf("### The command line"), document.indexOf("### SQL"));
    expect(document).toContain("`/api/cleanups…`");
    for (const { name } of commands) expect(section).toMatch(new RegExp(`^\\| .*\`${name}[ \`]`, "m"));
    for (const [, name] of section.matchAll(/npx lastbeat (\w+)/g)) {
      expect(commands.some((command) => command.name.split(" ")[0] === name)).toBe(true);
    }
  });
});
