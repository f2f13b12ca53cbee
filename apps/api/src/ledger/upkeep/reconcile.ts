/** Start-up work before clients may connect: ends the sessions of a crashed server (rule LED3) and records a new boot. */
import type { SessionEnd } from "@lastbeat/core";
import { endReasons } from "@lastbeat/core/reasons";
import type Database from "better-sqlite3";
import { blankEnd } from "../../contract/endFields.ts";
import { insertInto } from "../rows.ts";
import { boots } from "../schema.sqlite.ts";
import { type EndWriter, type OpenSession, openSessionColumns } from "../write/endWriter.ts";

interface OpenRow extends OpenSession {
  readonly openedAtMs: number;
  readonly settingsRevision: number;
  readonly boot: number;
  readonly pid: number;
  readonly aliveAtMs: number;
}

const insertBoot = insertInto(boots, ["id", "stoppedAtMs", "lastGroup", "lastRefused"]);

/** Records a new boot and returns its number. */
export function beginBoot(
  database: Database.Database,
  boot: { readonly pid: number; readonly version: string; readonly nowMs: number },
): number {
  const { pid, version, nowMs } = boot;
  const values = insertBoot.values({ pid, version, startedAtMs: nowMs, aliveAtMs: nowMs });
  return Number(database.prepare(insertBoot.text()).run(values).lastInsertRowid);
}

/** Ends every session left open by an earlier boot and returns their number. Call inside a transaction. */
export function endCrashedSessions(database: Database.Database, ends: EndWriter, nowMs: number): number {
  const rows = database
    .prepare<[], OpenRow>(
      `SELECT ${openSessionColumns}, s.opened_at_ms AS openedAtMs, s.settings_revision AS settingsRevision, s.boot, b.pid,
         b.alive_at_ms AS aliveAtMs
       FROM sessions s JOIN boots b ON b.id = s.boot WHERE s.open = 1 ORDER BY s.id`,
    )
    .all();
  const ended = rows.map((session) => ({ session, end: crashEnd(session, nowMs) }));
  ends.endOf(ended, (_, thrown) => {
    throw thrown;
  });
  return rows.length;
}

/** The end of a session whose server crashed. All that is known is that it happened between two times. */
function crashEnd({ sessionId, openedAtMs, settingsRevision, boot, pid, aliveAtMs }: OpenRow, nowMs: number): SessionEnd {
  const { tier, initiator, closeCode } = endReasons.server_crashed;
  const fromMs = Math.min(Math.max(aliveAtMs, openedAtMs), nowMs);
  const when = `between ${new Date(fromMs).toISOString()} and ${new Date(nowMs).toISOString()}`;
  return {
    ...blankEnd,
    sessionId,
    settingsRevision,
    reason: "server_crashed",
    tier,
    initiator,
    closeCode,
    detail: `the server (process ${pid}, boot ${boot}) died ${when}`,
    lastSeenAtMs: openedAtMs,
    lastActiveAtMs: openedAtMs,
    detectedAtMs: nowMs,
    releasedAtMs: nowMs,
    detectionMs: nowMs - fromMs,
    crashedBetweenMs: [fromMs, nowMs],
  };
}
