/** Databases of earlier versions that are only read, such as a backup: nothing in the file is touched. */
import type Database from "better-sqlite3";
import { DAY_MS, HOUR_MS } from "../durations.ts";
import { appliedMigrationMs, newestMigrationMs } from "../openDatabase.ts";

/** Whether a server of this version would change its tables first. */
export function isOlder(database: Database.Database): boolean {
  return appliedMigrationMs(database) < newestMigrationMs();
}

/** Puts what later versions keep beside the tables, worked out when it is asked for, for this connection alone. */
export function addMissingSums(database: Database.Database): void {
  const has = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?");
  if (has.get("rollup_late") === undefined) addLateEnds(database);
  if (has.get("rollup_hours") === undefined) addRollupSums(database);
}

/** What says in a query over `ends e` why an end was late: a column, or in databases of earlier versions what is likeliest. */
export function lateCauseColumn(database: Database.Database): string {
  const has = database.prepare("SELECT 1 FROM pragma_table_info('ends') WHERE name = 'late_cause'").get() !== undefined;
  return has ? "e.late_cause" : "iif(e.detection_ms > e.bound_ms, iif(e.pauses > 0, 'pause', 'unknown'), NULL)";
}

function addLateEnds(database: Database.Database): void {
  database.exec(`
    CREATE TEMP VIEW rollup_late AS
    SELECT e.detected_at_ms / ${HOUR_MS} * ${HOUR_MS} AS hour_at_ms, e.tier, e.reason, e.initiator, ${lateCauseColumn(database)} AS cause,
      count(*) AS count
    FROM ends e NOT INDEXED WHERE e.detection_ms > e.bound_ms GROUP BY 1, 2, 3, 4, 5`);
}

function addRollupSums(database: Database.Database): void {
  database.exec(`
    CREATE TEMP VIEW rollup_hours AS
    SELECT hour_at_ms, tier, reason, initiator, sum(count) AS count FROM rollup GROUP BY 1, 2, 3, 4;
    CREATE TEMP VIEW rollup_days AS
    SELECT hour_at_ms / ${DAY_MS} * ${DAY_MS} AS day_at_ms, tier, reason, initiator, detection_up_to_ms, sum(count) AS count
    FROM rollup GROUP BY 1, 2, 3, 4, 5`);
}
