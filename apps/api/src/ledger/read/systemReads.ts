/** Reads server runs, pauses and the database's own figures. */
import type Database from "better-sqlite3";
import type { BootView, PauseView, StoredSystem } from "../../contract/systemView.ts";
import { endIdMs } from "../endId.ts";

const BOOTS = 20;
const PAUSES = 20;

interface BootRow {
  readonly id: number;
  readonly pid: number;
  readonly version: string;
  readonly started_at_ms: number;
  readonly alive_at_ms: number;
  readonly stopped_at_ms: number | null;
}

/** Reads pauses only since `sinceMs`: with few pauses, all server events would have to be scanned otherwise. */
export function createSystemReads(database: Database.Database): (sinceMs: number) => StoredSystem {
  const boots = database.prepare<[number], BootRow>("SELECT * FROM boots ORDER BY id DESC LIMIT ?");
  const pauses = database.prepare<[number, number], { readonly at_ms: number; readonly data: string }>(
    `SELECT at_ms, data FROM events WHERE session_id IS NULL AND at_ms >= ? AND type = 'pause' ORDER BY at_ms DESC LIMIT ?`,
  );
  const oldest = database.prepare<[], number | null>("SELECT min(id) FROM ends").pluck();
  const version = database.prepare<[], { readonly version: string }>("SELECT sqlite_version() AS version");
  const pragma = (name: string) => database.pragma(name, { simple: true }) as number;
  return (sinceMs) => {
    const pageBytes = pragma("page_size");
    const oldestId = oldest.get() ?? null;
    return {
      boots: boots.all(BOOTS).map(bootView),
      pauses: pauses.all(sinceMs, PAUSES).map(({ at_ms, data }): PauseView => ({ atMs: at_ms, ...readPause(data) })),
      oldestEndAtMs: oldestId === null ? null : endIdMs(oldestId),
      usedBytes: (pragma("page_count") - pragma("freelist_count")) * pageBytes,
      freeBytes: pragma("freelist_count") * pageBytes,
      sqliteVersion: version.get()?.version ?? "unknown",
    };
  };
}

function bootView(row: BootRow, index: number): BootView {
  const { id, pid, version } = row;
  // Only one server writes to a database at a time, so every older run without a stop has crashed.
  const end = row.stopped_at_ms !== null ? "stopped" : index === 0 ? "running" : "crashed";
  return { id, pid, version, startedAtMs: row.started_at_ms, aliveAtMs: row.alive_at_ms, stoppedAtMs: row.stopped_at_ms, end };
}

function readPause(data: string): { readonly pausedMs: number; readonly sessions: number } {
  const { pausedMs = 0, sessions = 0 } = JSON.parse(data) as { pausedMs?: number; sessions?: number };
  return { pausedMs, sessions };
}
