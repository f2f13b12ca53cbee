/** Databases of earlier versions that are only read, such as a backup: nothing in the file is touched. */
import type Database from "better-sqlite3";
import { DAY_MS } from "./durations.ts";
import { appliedMigrationMs, newestMigrationMs } from "./writerDatabase.ts";

/** Whether a server of this version would change its tables first. */
export function isOlder(database: Database.Database): boolean {
  return appliedMigrationMs(database) < newestMigrationMs();
}

/** Puts what later versions keep beside the tables, worked out when it is asked for, for this connection alone. */
export function addMissingSums(database: Database.Database): void {
  if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'rollup_hours'").get() !== undefined) return;
  database.exec(`
    CREATE TEMP VIEW rollup_hours AS
    SELECT hour_at_ms, tier, reason, initiator, sum(count) AS count FROM rollup GROUP BY 1, 2, 3, 4;
    CREATE TEMP VIEW rollup_days AS
    SELECT hour_at_ms / ${DAY_MS} * ${DAY_MS} AS day_at_ms, tier, reason, initiator, detection_up_to_ms, sum(count) AS count
    FROM rollup GROUP BY 1, 2, 3, 4, 5`);
}
