import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import { getTableColumns } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ends } from "./schema.sqlite.ts";
import { type Scratch, scratch } from "./testing/scratchStore.ts";

const columns = Object.values(getTableColumns(ends)).map(({ name }) => name);
const copied = columns.map((name) => ({ id: "id + 1", reason: "'idle'" })[name] ?? name).join(", ");
const copyOfTheEnd = `INSERT INTO ends (${columns.join(", ")}) SELECT ${copied} FROM ends`;

describe("the database itself", () => {
  let place: Scratch;

  beforeEach(async () => {
    place = scratch();
    const { ledger } = await place.open();
    await ledger.opened(sampleOpened("session_ended"));
    await ledger.opened(sampleOpened("session_open"));
    await ledger.ended(sampleEnded("session_ended"));
  });

  afterEach(() => place[Symbol.asyncDispose]());

  it.each([
    ["a second end", copyOfTheEnd, /a session ends once/],
    ["an end without a session", copyOfTheEnd.replace("id + 1, session,", "id + 1, 99,"), /FOREIGN KEY constraint failed/],
    ["a change of an end", "UPDATE ends SET reason = 'idle'", /an end is final/],
    ["the removal of an end alone", "DELETE FROM ends", /removed only together with its session/],
    ["a replaced end", copyOfTheEnd.replace("INSERT", "INSERT OR REPLACE"), /a session ends once/],
    ["opening an ended session again", "UPDATE sessions SET open = 1 WHERE session_id = 'session_ended'", /cannot open again/],
    [
      "closing a session without an end",
      "UPDATE sessions SET open = 0 WHERE session_id = 'session_open'",
      /ended by a row in ends/,
    ],
    [
      "a second session of the same id",
      "INSERT INTO sessions SELECT id + 9, session_id, boot, kind, user, room, address, client, transport, opened_at_ms, 0, 1, user_id FROM sessions",
      /UNIQUE constraint failed: sessions.session_id/,
    ],
  ])("LED2 refuses %s", (_, statement, message) => {
    expect(() => place.sql(statement)).toThrow(message);
    expect(place.sql("SELECT session_id, reason FROM cleanups")).toEqual([
      { session_id: "session_ended", reason: "unresponsive" },
    ]);
    expect(place.sql("SELECT session_id FROM open_sessions")).toEqual([{ session_id: "session_open" }]);
  });

  it("LED7 shows ended sessions in the view `ended_sessions` under the API's names and with times in words", () => {
    const [row] = place.sql<Record<string, unknown>>("SELECT * FROM ended_sessions");
    expect(place.sql("SELECT * FROM cleanups")).toEqual([row]);
    expect(row).toMatchObject({ session_id: "session_ended", tier: "heartbeat", detection_ms: 70_000, resume_expired: 1 });
    expect(row).toMatchObject({
      opened_at: "2023-11-14 22:13:20.000",
      detected_at: "2023-11-14 22:15:00.000",
      lasted_ms: 100_004,
    });
    expect(JSON.parse(String(row?.resources_failed))).toEqual([{ name: "model context", cause: "Error: stuck" }]);
  });
});
