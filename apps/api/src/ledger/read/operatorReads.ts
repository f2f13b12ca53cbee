/** Reads operators' accounts, sign-ins and actions. */
import type Database from "better-sqlite3";
import { type AuditEntry, readAuditCursor, writeAuditCursor } from "../../contract/audit.ts";
import type { StoredOperator, StoredSignIn } from "../../contract/operators.ts";
import type { Questions } from "../workerMessages.ts";

interface ActionRow {
  readonly seq: number;
  readonly atMs: number;
  readonly sessionId: string | null;
  readonly data: string;
}

/** `type` of an operator's action among the events. */
export const ACTION_EVENT = "operator_action";

export function createOperatorReads(database: Database.Database): Pick<Questions, "operators" | "audit"> {
  const accounts = database.prepare<[], StoredOperator>(
    `SELECT name, role, password, subject, created_at_ms AS createdAtMs, created_by AS createdBy, disabled_at_ms AS disabledAtMs,
            last_sign_in_at_ms AS lastSignInAtMs FROM operators ORDER BY name`,
  );
  const signIns = database.prepare<[], StoredSignIn>(
    `SELECT id, operator, way, address, client, created_at_ms AS createdAtMs, expires_at_ms AS expiresAtMs FROM operator_sign_ins`,
  );
  const actions = database.prepare<[object], ActionRow>(
    `SELECT seq, at_ms AS atMs, session_id AS sessionId, data FROM events
     WHERE type = '${ACTION_EVENT}' AND seq < @before AND at_ms >= @fromMs AND at_ms < @toMs
       AND (@actions IS NULL OR data ->> 'action' IN (SELECT value FROM json_each(@actions)))
       AND (@by IS NULL OR data ->> 'by' = @by) AND (@target IS NULL OR data ->> 'target' = @target)
     ORDER BY seq DESC LIMIT @limit`,
  );
  return {
    operators: () => ({ accounts: accounts.all(), signIns: signIns.all() }),
    audit({ action, by = null, target = null, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER, limit, cursor }) {
      const wanted = action === undefined ? null : JSON.stringify(action);
      const before = readAuditCursor(cursor);
      const rows = actions.all({ before, fromMs, toMs, actions: wanted, by, target, limit: limit + 1 });
      const entries = rows.slice(0, limit).map(entryOf);
      const last = entries.at(-1);
      return { entries, nextCursor: rows.length > limit && last !== undefined ? writeAuditCursor(last.seq) : null };
    },
  };
}

function entryOf({ data, ...row }: ActionRow): AuditEntry {
  return { ...JSON.parse(data), ...row };
}
