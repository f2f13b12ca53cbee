import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { migrate } from "drizzle-orm/better-sqlite3/migrator";
import { describe, expect, it } from "vitest";
import { openDatabaseSource } from "../../cli/databaseSource.ts";
import { cli } from "../../cli/testing/cliRun.ts";
import { DAY_MS, HOUR_MS } from "../durations.ts";
import { query, type Scratch, scratch } from "../testing/scratchStore.ts";
import { verifyLedger } from "./verify.ts";

const migrations = join(import.meta.dirname, "../../../../../drizzle/sqlite");
const journal = JSON.parse(readFileSync(join(migrations, "meta/_journal.json"), "utf8")) as { entries: object[] };
const FIRST_RELEASE = 2;

/** A database as a version with the first `count` migrations left it, with a session that had ended, an open one and a message. */
function olderDatabase(place: Scratch, count: number): void {
  const folder = join(place.folder, `first${count}`);
  cpSync(migrations, folder, { recursive: true });
  writeFileSync(join(folder, "meta/_journal.json"), JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }));
  const database = new Database(place.file);
  database.pragma("journal_mode = WAL");
  migrate(drizzle(database), { migrationsFolder: folder });
  database.exec(`
    PRAGMA application_id = ${0x42656174};
    INSERT INTO boots (pid, version, started_at_ms, alive_at_ms) VALUES (7, '0.0.1', 1000, 5000);
    INSERT INTO sessions (id, session_id, boot, kind, user, room, address, client, transport, opened_at_ms, settings_revision) VALUES
      (1, 'session_ended', 1, 'user', 'Ada', 'general', '192.0.2.7', 'test', 'json', 2000, 0),
      (2, 'session_open', 1, 'user', 'Eve', 'general', '192.0.2.8', 'test', 'json', 3000, 0);
    INSERT INTO ends (id, session, user, address, reason, tier, initiator, close_code, detail, note, operator, last_seen_at_ms,
      last_active_at_ms, detected_at_ms, released_at_ms, detection_ms, bound_ms, cleanup_ms, cleanup, resources_released, resources_failed,
      misses, round_trips_ms, settings_revision, pauses, paused_ms, memory_level, eviction, resume_expired, crashed_between_ms)
    VALUES (4096000, 1, 'Ada', '192.0.2.7', 'idle', 'timeout', 'client', 4501, 'went away', NULL, NULL, 3000, 3000, 4000,
      4000, 0, NULL, 0, 'complete', 0, '[]', 0, '[]', 0, 0, 0, 'ok', NULL, 0, NULL);
    INSERT INTO ends_words (rowid, words) VALUES (4096000, 'ended Ada general test went away');
    INSERT INTO rollup VALUES (0, 'timeout', 'idle', 'client', 0, 1),
      (${HOUR_MS}, 'timeout', 'idle', 'client', 0, 5), (${HOUR_MS}, 'timeout', 'idle', 'client', 10, 7), (${DAY_MS + HOUR_MS}, 'timeout', 'idle', 'client', 10, 2);
    UPDATE retention SET kept_from_ms = ${3 * DAY_MS};
    INSERT INTO messages (id, room, session_id, user, text, sent_at_ms) VALUES ('m1', 'general', 'session_ended', 'Ada', 'hello', 2500)`);
  database.close();
}

/** What a database says over the first days, read without a server. */
async function sumsOf(file: string) {
  const source = openDatabaseSource(file);
  const { total, buckets, detectionMedianMs } = await source.stats(query({ toMs: 4 * DAY_MS }));
  source.close();
  return { total, perHour: buckets.map(({ byTier }) => byTier.timeout), detectionMedianMs };
}

describe("a database of an earlier version", () => {
  it.each(Array.from({ length: journal.entries.length - FIRST_RELEASE + 1 }, (_, more) => FIRST_RELEASE + more))(
    "LED3 LED7 with %i migrations is brought up to date, keeps what is in it and takes new sessions",
    async (count) => {
      await using place = scratch();
      olderDatabase(place, count);
      const oldSums = await sumsOf(place.file);
      const store = await place.open();
      expect((await store.ends.page(query({ text: "went" }))).rows[0]).toMatchObject({
        sessionId: "session_ended",
        reason: "idle",
      });
      expect(await store.ends.get("session_open")).toMatchObject({
        reason: "server_crashed",
        crashedBetweenMs: [5_000, expect.any(Number)],
      });
      expect((await store.messages.history("general", 10)).map(({ text }) => text)).toEqual(["hello"]);
      await store.close();
      expect((await cli(["verify", "--db", place.file])).code).toBe(0);
      expect(oldSums).toEqual({ total: 15, perHour: [1, 12, 2], detectionMedianMs: 10 });
      expect(await sumsOf(place.file)).toEqual(oldSums);
      const database = new Database(place.file);
      expect(verifyLedger(database)).toEqual([]);
      expect(database.prepare("SELECT count(*) FROM __drizzle_migrations").pluck().get()).toBe(journal.entries.length);
      database.close();
    },
  );

  it("LED7 is not verified by rules that it does not know, and is left alone", async () => {
    await using place = scratch();
    olderDatabase(place, FIRST_RELEASE);
    const before = readFileSync(place.file);
    const { code, err } = await cli(["verify", "--db", place.file]);
    expect([code, err]).toEqual([1, [expect.stringMatching(/was written by an older version of Lastbeat/)]]);
    expect((await cli(["ends", "--db", place.file])).out).toMatch(/went away|idle/);
    expect(readFileSync(place.file).equals(before)).toBe(true);
  });
});
