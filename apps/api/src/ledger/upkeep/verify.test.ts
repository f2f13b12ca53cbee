import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { DAY_MS } from "../durations.ts";
import { type Scratch, scratch } from "../testing/scratchStore.ts";
import { ledgerChecks } from "./ledgerChecks.ts";
import { checkLedger, type Violation, verifyLedger } from "./verify.ts";

async function withSessions(): Promise<Scratch> {
  const place = scratch();
  const { ledger } = await place.open();
  for (const id of ["session_a", "session_b", "session_open"]) await ledger.opened(sampleOpened(id));
  for (const id of ["session_a", "session_b"]) await ledger.ended(sampleEnded(id));
  return place;
}

function verify({ file }: Scratch): Violation[] {
  const database = new Database(file, { readonly: true });
  try {
    return verifyLedger(database);
  } finally {
    database.close();
  }
}

/** Damages the file in a way that the database would refuse. */
function damage(place: Scratch, ...statements: string[]): void {
  const database = new Database(place.file);
  database.pragma("foreign_keys = OFF");
  for (const statement of statements) database.exec(statement);
  database.close();
}

const noGuards = `DROP TRIGGER ends_once; DROP TRIGGER ends_are_final; DROP TRIGGER ends_stay; DROP TRIGGER sessions_stay_ended;
  DROP TRIGGER sessions_end_by_their_end; DROP TRIGGER ends_close_session`;
const secondEnd = `CREATE TEMP TABLE copy AS SELECT * FROM ends WHERE session = 1; UPDATE copy SET id = id + 5000000;
  INSERT INTO ends SELECT * FROM copy; INSERT INTO ends_words (rowid, words) SELECT id, 'x' FROM copy`;

const eventsOf = (type: string, count: number, data = "{}") =>
  `INSERT INTO events (at_ms, session_id, type, data) SELECT 1, 'session_a', '${type}', '${data}'
   FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT i FROM n)`;
const counted = (count: number, superseded: number) =>
  eventsOf("counted", 1, JSON.stringify({ count, types: { superseded }, untilMs: 1 }));

describe("verifying a ledger", () => {
  it("finds no violations while a server writes, and examines everything", async () => {
    await using place = await withSessions();
    expect(verify(place)).toEqual([]);
    const database = new Database(place.file, { readonly: true });
    const looked = checkLedger(database).map(({ check, lookedAt }) => [check.name, lookedAt]);
    database.close();
    expect(Object.fromEntries(looked)).toMatchObject({
      "one-end": 2,
      "ended-or-open": 3,
      "open-is-live": 1,
      rollup: 2,
      words: 2,
    });
  });

  it("finds nothing wrong after retention removed some of an hour's rows", async () => {
    await using place = scratch();
    const nowMs = 1_800_000_000_000;
    const store = await place.open({ now: () => nowMs });
    const cutoffMs = nowMs - DAY_MS;
    const ages = { session_old: -5_000_000, session_just: -1_000, session_kept: 600_000 };
    for (const [id, fromCutoffMs] of Object.entries(ages)) {
      await store.ledger.opened(sampleOpened(id));
      await store.ledger.ended(sampleEnded(id, { detectedAtMs: cutoffMs + fromCutoffMs }));
    }
    await store.close();
    await place.open({ now: () => nowMs, retentionDays: 1 });
    await expect.poll(() => place.sql("SELECT id FROM ends").length, { timeout: 40_000 }).toBe(1);
    expect(verify(place)).toEqual([]);
    place.sql("DELETE FROM rollup");
    expect(verify(place)).toHaveLength(1);
  });

  it.each([
    ["guards", "DROP TRIGGER ends_once", /^ends_once is missing/],
    ["one-end", `${noGuards}; DROP INDEX ends_session; ${secondEnd}`, /^session number 1 has 2 ends$/],
    ["end-has-opening", `${noGuards}; DELETE FROM sessions WHERE id = 1`, /which was never opened$/],
    ["ended-or-open", `${noGuards}; UPDATE sessions SET open = 0`, /^session_open is marked as ended and has no end$/],
    ["ended-or-open", `${noGuards}; UPDATE sessions SET open = 1`, /^session_a is marked as open and has an end$/],
    [
      "open-is-live",
      "INSERT INTO boots (pid, version, started_at_ms, alive_at_ms) VALUES (1, '', 1, 1)",
      /was followed by another$/,
    ],
    ["open-is-live", "UPDATE boots SET stopped_at_ms = 5", /^session_open is open although its server \(boot 1\) stopped$/],
    [
      "end-copies-session",
      `${noGuards}; UPDATE ends SET user = 'Eve' WHERE session = 1`,
      /by Ada user_ada from 192.0.2.7, its end says Eve/,
    ],
    ["end-in-time-order", `${noGuards}; UPDATE ends SET id = 7 WHERE session = 1`, /after its number$/],
    ["evidence-readable", `${noGuards}; UPDATE ends SET eviction = '{' WHERE session = 1`, /not JSON$/],
    [
      "rollup",
      "UPDATE rollup SET count = count + 1",
      /counts 3 ends of heartbeat, unresponsive, client, up to \d+ ms, and has 2 rows$/,
    ],
    ["rollup", "DELETE FROM rollup", /counts 0 ends .* has 2 rows$/],
    ["rollup-sums", "UPDATE rollup_hours SET count = count + 1", /^the hour of .* sums up to 3 ends .* the roll-up to 2$/],
    ["rollup-sums", "DELETE FROM rollup_days", /^the day of .* sums up to 0 ends .* the roll-up to 2$/],
    ["events-bounded", `${eventsOf("superseded", 1_000)}; ${counted(2, 2)}`, /^session_a has 1001 events, and 1 rows that count/],
    ["events-bounded", `${counted(2, 2)}; ${counted(2, 2)}`, /^session_a has 2 events, and 2 rows that count/],
    ["events-bounded", counted(3, 2), /^session_a counts 3 events, and 2\.0 of their kinds$/],
    ["late-is-said", `${noGuards}; UPDATE ends SET bound_ms = 5 WHERE session = 1`, /its bound is 5, and it says nothing$/],
    ["late-is-said", `${noGuards}; UPDATE ends SET late_cause = 'pause' WHERE session = 1`, /and it says pause$/],
    ["rollup-late", "INSERT INTO rollup_late VALUES (1800000000000, 'timeout', 'idle', 'client', 'pause', 2)", /has 0 rows$/],
    [
      "retention-by-trusted-time",
      "UPDATE retention SET kept_from_ms = 4102444800000, trusted_at_ms = 1700000000000",
      /^ends before 2100-01-01T00:00:00.000Z were removed when/,
    ],
    ["words", "DELETE FROM ends_words WHERE rowid = (SELECT min(id) FROM ends)", /is not in the index of words$/],
    ["words", "INSERT INTO ends_words (rowid, words) VALUES (9, 'x')", /has an entry 9 without an end$/],
  ])("%s: finds what breaks it", async (check, statement, problem) => {
    await using place = await withSessions();
    damage(place, statement);
    const found = verify(place).filter((violation) => violation.check === check);
    expect(found.map((violation) => violation.problem)).toContainEqual(expect.stringMatching(problem));
  });

  it("file: finds an index that lost an entry", async () => {
    await using place = await withSessions();
    const schema = "UPDATE sqlite_schema SET sql = 'CREATE INDEX ends_tier ON ends (reason)' WHERE name = 'ends_tier'";
    const database = new Database(place.file);
    database.unsafeMode(true);
    database.exec(`PRAGMA writable_schema = ON; ${schema}; PRAGMA writable_schema = OFF`);
    database.close();
    expect(verify(place)).toContainEqual({ check: "file", problem: expect.stringContaining("ends_tier") });
  });

  it("lists no more than 100 problems of a check, and counts them all", async () => {
    await using place = await withSessions();
    damage(
      place,
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150) INSERT INTO ends_words (rowid, words) SELECT i, 'x' FROM n",
    );
    const database = new Database(place.file, { readonly: true });
    const [words] = checkLedger(database).filter(({ check }) => check.name === "words");
    database.close();
    expect([words?.violations.length, words?.problems]).toEqual([100, 150]);
  });

  it("has a name of its own for every check", () => {
    expect(new Set(ledgerChecks.map(({ name }) => name)).size).toBe(ledgerChecks.length);
  });
});
