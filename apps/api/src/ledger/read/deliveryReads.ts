/** Reads the outbox of webhooks. */
import type Database from "better-sqlite3";
import type { DeadDelivery, DeadPage } from "../../contract/webhookViews.ts";
import { LONGEST_WAIT_MS } from "../../webhooks/retryPlan.ts";
import { createEndRows } from "./endRows.ts";

/** A delivery to be attempted. */
export interface DueDelivery {
  readonly id: number;
  /** Identifies the message to the receiver, the same at each attempt and on every server. */
  readonly messageId: string;
  /** JSON, the same at each attempt. */
  readonly body: string;
  /** Failed attempts so far. */
  readonly attempts: number;
  readonly createdAtMs: number;
}

interface DueRow {
  readonly id: number;
  readonly endId: number;
  readonly attempts: number;
  readonly createdAtMs: number;
}

/** The deliveries of a webhook that are due, in the order of their time; never one of `except`. */
export type DueDeliveries = (webhook: string, nowMs: number, wanted: Wanted) => DueDelivery[];

export interface Wanted {
  readonly limit: number;
  readonly except: ReadonlySet<number>;
}

export function createDueDeliveries(database: Database.Database): DueDeliveries {
  // In the order of the index `webhook_deliveries_waiting`: many rows may be due at one moment, and none is sorted.
  const select = (due: string) =>
    database.prepare<[string, number, number], DueRow>(
      `SELECT id, end_id AS endId, attempts, created_at_ms AS createdAtMs FROM webhook_deliveries
       WHERE webhook = ? AND died_at_ms IS NULL AND due_at_ms ${due} ? ORDER BY due_at_ms, created_at_ms, id LIMIT ?`,
    );
  const due = select("<=");
  // No back-off waits that long: the time was written under a wall clock that was ahead.
  const impossible = select(">");
  const ends = createEndRows(database);

  return (webhook, nowMs, { limit, except }) => {
    const most = limit + except.size;
    const rows = due.all(webhook, nowMs, most);
    if (rows.length < most) rows.push(...impossible.all(webhook, nowMs + LONGEST_WAIT_MS, most - rows.length));
    const wanted = rows.filter(({ id }) => !except.has(id)).slice(0, limit);
    if (wanted.length === 0) return [];
    const byId = new Map(ends.byIds(wanted.map(({ endId }) => endId)).map(({ endId, end }) => [endId, end]));
    return wanted.flatMap(({ endId, ...row }) => {
      const end = byId.get(endId);
      if (end === undefined) return [];
      const messageId = `${end.sessionId}.ended`;
      return [{ ...row, messageId, body: JSON.stringify({ id: messageId, type: "session.ended", end }) }];
    });
  };
}

/** What the outbox holds for one webhook. */
export interface DeliveryCount {
  readonly webhook: string;
  readonly waiting: number;
  /** When the oldest of them ended, or was sent again. */
  readonly oldestWaitingAtMs: number | null;
  readonly dead: number;
}

export interface AskedDead {
  readonly webhook: string;
  readonly limit: number;
  /** Only those before this id. */
  readonly beforeId?: number | undefined;
}

export interface DeliveryReads {
  deliveryCounts(none: null): DeliveryCount[];
  deadDeliveries(asked: AskedDead): DeadPage;
}

/** A webhook with nothing in the outbox is not listed. */
export function createDeliveryReads(database: Database.Database): DeliveryReads {
  const waiting = database.prepare<[], Omit<DeliveryCount, "dead">>(
    `SELECT webhook, count(*) AS waiting, min(created_at_ms) AS oldestWaitingAtMs FROM webhook_deliveries
     WHERE died_at_ms IS NULL GROUP BY webhook`,
  );
  const dead = database.prepare<[], Pick<DeliveryCount, "webhook" | "dead">>(
    "SELECT webhook, count(*) AS dead FROM webhook_deliveries WHERE died_at_ms IS NOT NULL GROUP BY webhook",
  );
  const page = database.prepare<[string, number, number], DeadDelivery>(
    `SELECT d.id, s.session_id AS sessionId, s.user, e.reason, e.detected_at_ms AS endedAtMs, d.died_at_ms AS diedAtMs, d.attempts,
       coalesce(d.error, '') AS error
     FROM webhook_deliveries d JOIN ends e ON e.id = d.end_id JOIN sessions s ON s.id = e.session
     WHERE d.webhook = ? AND d.died_at_ms IS NOT NULL AND d.id < ? ORDER BY d.id DESC LIMIT ?`,
  );
  return {
    deliveryCounts() {
      const counts = new Map<string, DeliveryCount>();
      for (const row of waiting.all()) counts.set(row.webhook, { ...row, dead: 0 });
      for (const { webhook, dead: count } of dead.all()) {
        const known = counts.get(webhook) ?? { webhook, waiting: 0, oldestWaitingAtMs: null };
        counts.set(webhook, { ...known, dead: count });
      }
      return [...counts.values()];
    },
    deadDeliveries({ webhook, limit, beforeId = Number.MAX_SAFE_INTEGER }) {
      const rows = page.all(webhook, beforeId, limit + 1);
      const deliveries = rows.slice(0, limit);
      return { deliveries, nextCursor: rows.length > limit ? String(deliveries.at(-1)?.id) : null };
    },
  };
}
