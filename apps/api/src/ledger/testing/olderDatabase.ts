/** Databases of earlier versions. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { migrate } from "drizzle-orm/better-sqlite3/migrator";
import { DAY_MS, HOUR_MS } from "../durations.ts";
import type { Scratch } from "./scratchStore.ts";

const migrations = join(import.meta.dirname, "../../../../../drizzle/sqlite");
const journal = JSON.parse(readFileSync(join(migrations, "meta/_journal.json"), "utf8")) as { entries: object[] };
/** Migrations that the first release had. */
export const FIRST_RELEASE = 2;
/** Migrations that this version has. */
export const MIGRATIONS = journal.entries.length;

/** A database as a version with the first `count` migrations left it, with a session that had ended, an open one and a message. */
export function olderDatabase(place: Pick<Scratch, "folder" | "file">, count: number): void {
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
