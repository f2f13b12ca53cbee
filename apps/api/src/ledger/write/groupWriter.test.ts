import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import { describe, expect, it } from "vitest";
import { directWriter, endedOps, eventOp, openedOp } from "../testing/directWriter.ts";
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
