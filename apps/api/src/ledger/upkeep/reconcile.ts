/** What a start does before anyone may connect: ends the sessions of a server that died (rule LED3) and begins a boot of its own. */
import type { SessionEnd } from "@lastbeat/core";
import { endReasons } from "@lastbeat/core/reasons";
import type Database from "better-sqlite3";
import type { EndWriter, OpenSession } from "../write/endWriter.ts";

interface OpenRow extends OpenSession {
  readonly opened_at_ms: number;
  readonly settings_revision: number;
  readonly boot: number;
  readonly pid: number;
  readonly alive_at_ms: number;
}

/** Begins a boot and returns its number. */
export function beginBoot(
  database: Database.Database,
  boot: { readonly pid: number; readonly version: string; readonly nowMs: number },
): number {
  const insert = database.prepare("INSERT INTO boots (pid, version, started_at_ms, alive_at_ms) VALUES (?, ?, ?, ?)");
  return Number(insert.run(boot.pid, boot.version, boot.nowMs, boot.nowMs).lastInsertRowid);
}

/** Ends every session that an earlier boot left open. Returns how many there were. Call it inside a transaction. */
export function endCrashedSessions(database: Database.Database, ends: EndWriter, nowMs: number): number {
  const rows = database
    .prepare<[], OpenRow>(
      `SELECT s.id, s.session_id, s.user, s.room, s.address, s.client, s.open, s.opened_at_ms, s.settings_revision, s.boot, b.pid, b.alive_at_ms
       FROM sessions s JOIN boots b ON b.id = s.boot WHERE s.open = 1 ORDER BY s.id`,
    )
    .all();
  for (const row of rows) ends.endOf(row, crashRecord(row, nowMs));
  return rows.length;
}

/** The end of a session whose server died: what is known is only that it happened between two moments. */
function crashRecord(row: OpenRow, nowMs: number): SessionEnd {
  const { tier, initiator, closeCode } = endReasons.server_crashed;
  const fromMs = Math.min(Math.max(row.alive_at_ms, row.opened_at_ms), nowMs);
  const when = `between ${new Date(fromMs).toISOString()} and ${new Date(nowMs).toISOString()}`;
  return {
    sessionId: row.session_id,
    reason: "server_crashed",
    tier,
    initiator,
    closeCode,
    detail: `the server (process ${row.pid}, boot ${row.boot}) died ${when}`,
    note: null,
    operator: null,
    lastSeenAtMs: row.opened_at_ms,
    lastActiveAtMs: row.opened_at_ms,
    detectedAtMs: nowMs,
    releasedAtMs: nowMs,
    detectionMs: nowMs - fromMs,
    boundMs: null,
    lateCause: null,
    cleanupMs: 0,
    cleanup: "complete",
    resourcesReleased: 0,
    resourcesFailed: [],
    misses: 0,
    roundTripsMs: [],
    settingsRevision: row.settings_revision,
    pauses: 0,
    pausedMs: 0,
    memoryLevel: "ok",
    eviction: null,
    resumeExpired: false,
    crashedBetweenMs: [fromMs, nowMs],
  };
}
