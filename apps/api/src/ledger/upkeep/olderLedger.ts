/** Read-only access to databases of earlier versions, such as backups. The file is not changed. */
import type Database from "better-sqlite3";
import { DAY_MS, HOUR_MS } from "../durations.ts";
import { appliedMigrationMs, newestMigrationMs } from "./migrations.ts";

/** Whether this version would have to migrate the database first. */
export function isOlder(database: Database.Database): boolean {
  return appliedMigrationMs(database) < newestMigrationMs();
}

/** Adds views for this connection that compute what later versions store. */
export function addMissingSums(database: Database.Database): void {
  const has = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?");
  if (has.get("rollup_late") === undefined) addLateEnds(database);
  if (has.get("rollup_hours") === undefined) addRollupSums(database);
}

/** Most likely values for columns missing in earlier versions. Migrations fill them in the same way. */
const likeliest = new Map([["late_cause", "iif(e.detection_ms > e.bound_ms, iif(e.pauses > 0, 'pause', 'unknown'), NULL)"]]);

/** The SQL expression for a column of `ends e`: the column itself, the likeliest value if it is missing, or `null`. */
export function createEndColumns(database: Database.Database): (name: string) => string | null {
  const there = new Set(database.prepare<[], string>("SELECT name FROM pragma_table_info('ends')").pluck().all());
  return (name) => (there.has(name) ? `e.${name}` : (likeliest.get(name) ?? null));
}

function addLateEnds(database: Database.Database): void {
  database.exec(`
    CREATE TEMP VIEW rollup_late AS
    SELECT e.detected_at_ms / ${HOUR_MS} * ${HOUR_MS} AS hour_at_ms, e.tier, e.reason, e.initiator, ${createEndColumns(database)("late_cause")} AS cause,
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
