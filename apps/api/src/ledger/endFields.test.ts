/** An end with everything that an end may hold, through every door by which it can be read. */
import type { LedgerEntry } from "@lastbeat/core";
import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import Database from "better-sqlite3";
import { getTableColumns } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabaseSource } from "../cli/databaseSource.ts";
import { endSchema } from "../contract/answers.ts";
import { endFields, openingFields, shownFields } from "../contract/endFields.ts";
import { startTestServer, type TestServer } from "../testing/testServer.ts";
import { ends, sessions } from "./schema.sqlite.ts";
import { readEntries, type Scratch, scratch } from "./testing/scratchStore.ts";
import { verifyLedger } from "./upkeep/verify.ts";

const opened = sampleOpened("session_full");
/** No field is empty, so that none can be lost unnoticed. */
const ended = sampleEnded("session_full", {
  note: "asked to by mail",
  operator: "Eve",
  lateCause: "pause",
  detectionMs: 95_000,
  crashedBetweenMs: [1_700_000_090_000, 1_700_000_100_000],
});
const shown = { ...opened, ...ended };
const fields = Object.keys(shownFields) as (keyof typeof shownFields)[];
const sorted = (keys: Iterable<string>) => [...keys].toSorted();

describe("a field of an end", () => {
  let place: Scratch;
  let running: TestServer;

  beforeAll(async () => {
    place = scratch();
    const store = await place.open();
    running = await startTestServer({ store });
    await store.ledger.opened(opened);
    await store.ledger.ended(ended);
    await store.ledger.opened(sampleOpened("session_left_open"));
  });

  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  it("LED1 is one of the core's, and every one of the core's is there, with a value in this test", () => {
    expect(sorted(Object.keys(endFields))).toEqual(sorted(Object.keys(ended).filter((key) => key !== "sessionId")));
    expect(sorted(Object.keys(openingFields))).toEqual(sorted(Object.keys(opened)));
    expect(sorted(fields)).toEqual(sorted(Object.keys(shown)));
    for (const value of Object.values(shown)) expect(value).not.toBeNull();
  });

  it("LED1 has a column of its own in the schema, and in the database that the migrations make", () => {
    const names = (table: string) => place.sql<{ name: string }>(`SELECT name FROM pragma_table_info('${table}')`);
    for (const [table, name] of [
      [ends, "ends"],
      [sessions, "sessions"],
    ] as const) {
      const columns = Object.values(getTableColumns(table)).map((column) => column.name);
      expect(sorted(columns)).toEqual(sorted(names(name).map((column) => column.name)));
    }
    expect(Object.keys(getTableColumns(ends))).toEqual(expect.arrayContaining(Object.keys(endFields)));
    expect(Object.keys(getTableColumns(sessions))).toEqual(expect.arrayContaining(Object.keys(openingFields)));
  });

  it("LED1 is stored, and read back as it was", async () => {
    expect(await running.server.services.store.ends.get("session_full")).toEqual(shown);
    expect(readEntries(place)[0]).toEqual({ opened, ended } satisfies LedgerEntry);
  });

  it("LED7 is answered over REST, one by one, in a page and as a JSON line, and fits its own schema", async () => {
    const get = (path: string) => fetch(`${running.http}/api${path}`);
    expect(endSchema.parse(await (await get("/ends/session_full")).json())).toEqual(shown);
    expect(await (await get("/ends")).json()).toMatchObject({ rows: [shown] });
    const line = await (await get("/ends/export?format=jsonl")).text();
    expect(Object.keys(JSON.parse(line))).toEqual(fields);
    expect(JSON.parse(line)).toEqual(shown);
  });

  it("LED7 is a column of a CSV, under its head, and of the view", async () => {
    const [heads = "", line = ""] = (await (await fetch(`${running.http}/api/ends/export?format=csv`)).text()).split("\r\n");
    expect(heads.split(",")).toEqual(fields.map((field) => shownFields[field].head));
    for (const field of fields) {
      const value = shown[field];
      expect(line).toContain(typeof value === "object" ? JSON.stringify(value).replaceAll('"', '""') : String(value));
    }
    const [row = {}] = place.sql<Record<string, unknown>>("SELECT * FROM ended_sessions");
    const columns = { ...getTableColumns(sessions), ...getTableColumns(ends) };
    for (const field of fields) expect(row).toHaveProperty(columns[field].name);
  });

  it("LED7 is in the OpenAPI document, with its head for a title", async () => {
    const document = (await (await fetch(`${running.http}/api/openapi.json`)).json()) as {
      components: { schemas: { End: { required: string[]; properties: Record<string, { title?: string }> } } };
    };
    const { required, properties } = document.components.schemas.End;
    expect(sorted(required)).toEqual(sorted(fields));
    for (const field of fields) expect(properties[field]?.title).toBe(shownFields[field].head);
  });

  it("LED7 is read by the command line from the file, without a server", async () => {
    const source = openDatabaseSource(place.file);
    const [rows] = await Array.fromAsync(source.each({ sort: "newest", limit: 50 }));
    source.close();
    expect(rows).toEqual([shown]);
  });

  it("LED3 LED7 is there too in an end that only the next start writes, and the ledger is sound", async () => {
    await using copy = scratch();
    place.sql(`VACUUM INTO '${copy.file}'`);
    const store = await copy.open();
    const crashed = await store.ends.get("session_left_open");
    expect(Object.keys(crashed ?? {})).toEqual(fields);
    expect(endSchema.parse(crashed)).toMatchObject({
      reason: "server_crashed",
      cleanup: "complete",
      crashedBetweenMs: [expect.any(Number), expect.any(Number)],
    });
    await store.close();
    const database = new Database(copy.file);
    expect(verifyLedger(database)).toEqual([]);
    database.close();
  });
});
