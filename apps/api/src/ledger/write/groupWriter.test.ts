import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import { describe, expect, it } from "vitest";
import { directWriter, endedOp, endedOps, eventOp, openedOp } from "../testing/directWriter.ts";
import { readEntries, readEvents, scratch } from "../testing/scratchStore.ts";
import type { WriteOp } from "../workerMessages.ts";

/** Makes the database refuse rows as a broken rule of its own would. */
const jam = (table: string, when: string) =>
  `CREATE TRIGGER jam_${table} BEFORE INSERT ON ${table} WHEN ${when} BEGIN SELECT RAISE(ABORT, 'jammed'); END`;

const idle = { atMs: 7, sessionId: "session_a", event: { type: "idle_cleared" } } as const;

describe("a group of writes", () => {
  it("LED1 that failed is written when it comes again under its number", async () => {
    await using place = scratch();
    using writer = await directWriter(place.file);
    writer.writeAs(1, [openedOp("session_a")]);
    writer.failNext(new Error("the disk reported an I/O error"));
    const group = [openedOp("session_b"), ...endedOps("session_c")];
    expect(() => writer.writeAs(2, group)).toThrow("I/O error");
    expect(writer.writeAs(2, group)).toEqual([]);
    expect(readEntries(place).map(({ opened }) => opened.sessionId)).toEqual(["session_a", "session_b", "session_c"]);
  });

  it("LED8 that failed after its ends were counted leaves no count behind", async () => {
    await using place = scratch();
    using writer = await directWriter(place.file);
    writer.write([openedOp("session_a"), openedOp("session_b")]);
    writer.database.exec(jam("rollup", "true"));
    expect(() => writer.write([endedOp("session_a")])).toThrow("jammed");
    writer.database.exec("DROP TRIGGER jam_rollup");
    writer.write([endedOp("session_b")]);
    expect(writer.database.prepare("SELECT sum(count) FROM rollup").pluck().get()).toBe(1);
  });

  it("LED2 that is stored is answered as it was, and not stored again", async () => {
    await using place = scratch();
    using writer = await directWriter(place.file);
    const group: WriteOp[] = [openedOp("session_a"), openedOp("session_a"), eventOp(idle)];
    const answered = writer.writeAs(1, group);
    expect(answered).toEqual([{ at: 1, error: "session_id_taken", detail: "session_a" }]);
    expect(writer.writeAs(1, group)).toEqual(answered);
    expect(readEvents(place)).toHaveLength(1);
  });
});

describe("a record that cannot be stored", () => {
  it("LED5 is answered by itself; the others of its group are stored, and the next group is too", async () => {
    await using place = scratch();
    using writer = await directWriter(place.file);
    writer.database.exec(jam("sessions", "NEW.session_id = 'session_bad'"));
    const outcomes = writer.write([openedOp("session_a"), openedOp("session_bad"), openedOp("session_b")]);
    expect(outcomes).toEqual([{ at: 1, error: "unstorable", detail: expect.stringContaining("jammed") }]);
    writer.write(endedOps("session_c"));
    expect(readEntries(place).map(({ opened }) => opened.sessionId)).toEqual(["session_a", "session_b", "session_c"]);
  });

  it("LED5 LED7 an end is answered by itself among many, which keep their words and counts", async () => {
    await using place = scratch();
    using writer = await directWriter(place.file);
    const ids = Array.from({ length: 100 }, (_, at) => `session_${at}`);
    writer.write(ids.map((id) => openedOp(id)));
    writer.database.exec(jam("ends", "NEW.detail = 'bad'"));
    const ops = ids.map((id, at) => endedOp(id, { detail: at === 40 ? "bad" : "good", detectedAtMs: 1_000_000 + (at % 3) }));
    expect(writer.write(ops)).toEqual([{ at: 40, error: "unstorable", detail: expect.stringContaining("jammed") }]);
    const count = (sql: string) => writer.database.prepare(sql).pluck().get();
    expect(count("SELECT count(*) FROM ends")).toBe(99);
    expect(count("SELECT count(*) FROM ends_words WHERE ends_words MATCH 'good'")).toBe(99);
    expect(count("SELECT sum(count) FROM rollup")).toBe(99);
    expect(writer.database.prepare("SELECT id FROM ends WHERE id / 1024 <> detected_at_ms").all()).toEqual([]);
  });

  it("LED2 LED5 a second end in the same group counts only if the first cannot be stored", async () => {
    await using place = scratch();
    using writer = await directWriter(place.file);
    writer.write([openedOp("session_a"), openedOp("session_b")]);
    writer.database.exec(jam("ends", "NEW.detail = 'bad'"));
    const outcomes = writer.write([
      endedOp("session_a", { detail: "first" }),
      endedOp("session_b", { detail: "bad" }),
      endedOp("session_a", { detail: "second" }),
      endedOp("session_b", { detail: "second" }),
    ]);
    expect(outcomes).toMatchObject([{ at: 1, error: "unstorable" }]);
    expect(readEntries(place).map(({ ended }) => ended?.detail)).toEqual(["first", "second"]);
  });

  it("LED5 LED6 costs its own caller an error; the ledger goes on accepting and everything else is stored", async () => {
    await using place = scratch();
    const store = await place.open();
    for (const id of ["session_a", "session_b"]) await store.ledger.opened(sampleOpened(id));
    place.sql(jam("ends", "NEW.detail = 'bad'"));
    place.sql(jam("events", "NEW.type = 'idle_cleared'"));
    store.ledger.event({ atMs: 7, sessionId: "session_a", event: { type: "idle_cleared" } });
    const results = await Promise.allSettled([
      store.ledger.ended(sampleEnded("session_a", { detail: "bad" })),
      store.ledger.ended(sampleEnded("session_b")),
      store.ledger.opened(sampleOpened("session_b")),
    ]);
    expect(results).toMatchObject([
      { status: "rejected", reason: { message: expect.stringContaining("the end of session_a cannot be stored") } },
      { status: "fulfilled" },
      { status: "rejected", reason: { code: "session_id_taken" } },
    ]);
    expect(store.ledger.health()).toEqual({ accepting: true });
    await store.ledger.ended(sampleEnded("session_a"));
    await store.close();
    expect(readEntries(place).map(({ ended }) => ended?.reason)).toEqual(["unresponsive", "unresponsive"]);
    expect(place.lines).toContainEqual(expect.stringContaining("an event idle_cleared cannot be stored"));
  });
});
