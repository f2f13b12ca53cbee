/** Writes the outbox of webhooks: a row per end and webhook in the end's transaction, and what became of it (rules WHK1 and WHK2). */
import type Database from "better-sqlite3";
import { type FilteredEnd, type WebhookFilter, wants } from "../../webhooks/webhook.ts";
import { type Bound, insertInto } from "../rows.ts";
import { webhookDeliveries } from "../schema.sqlite.ts";
import { createBatchInsert } from "./batchInsert.ts";

/** Rows that one write changes at most. Takes about ten milliseconds of the writer's time. */
export const CHANGED_AT_ONCE = 2_000;

/** What became of deliveries, as the thread that posts them reports it. */
export interface DeliveryReport {
  readonly type: "report";
  readonly delivered: readonly number[];
  readonly failed: readonly FailedDelivery[];
  /** Give up a batch of what has been waiting for this webhook since before `beforeMs`; `null` for nothing. Answered with their number. */
  readonly giveUp: { readonly webhook: string; readonly beforeMs: number; readonly error: string } | null;
  readonly atMs: number;
}

export interface FailedDelivery {
  readonly id: number;
  readonly error: string;
  /** When to try again; `null` gives it up. */
  readonly dueAtMs: number | null;
}

/** Send dead letters again: these, or with `null` some of all. Answered with their number. */
export interface Resend {
  readonly type: "resend";
  readonly webhook: string;
  readonly ids: readonly number[] | null;
  readonly atMs: number;
}

export type DeliveryChange = DeliveryReport | Resend;

export interface DeliveryWriter {
  /** Notes for which webhooks an end that is being stored is meant. */
  add(endId: number, end: FilteredEnd & { readonly detectedAtMs: number }): void;
  /** Writes what was noted. Call in the transaction of the ends. */
  write(): void;
  clear(): void;
}

const insert = insertInto(webhookDeliveries, ["id", "attempts", "error", "diedAtMs"]);

/** Without webhooks it does nothing. */
export function createDeliveryWriter(database: Database.Database, webhooks: readonly WebhookFilter[]): DeliveryWriter {
  const insertAll = createBatchInsert(database, insert);
  let rows: Bound[][] = [];
  return {
    add(endId, end) {
      for (const webhook of webhooks) {
        if (!wants(webhook, end)) continue;
        const { detectedAtMs } = end;
        rows.push(insert.values({ webhook: webhook.name, endId, createdAtMs: detectedAtMs, dueAtMs: detectedAtMs }));
      }
    },
    write() {
      const noted = rows;
      rows = [];
      if (noted.length === 0) return;
      insertAll(noted, (_, thrown) => {
        throw thrown;
      });
    },
    clear() {
      rows = [];
    },
  };
}

/** Applies changes of existing rows. Returns the number of rows given up by age or sent again. */
export function createDeliveryChanger(database: Database.Database): (change: DeliveryChange) => number {
  const remove = database.prepare<[string]>("DELETE FROM webhook_deliveries WHERE id IN (SELECT value FROM json_each(?))");
  const fail = database.prepare<[string, number | null, number | null, number]>(
    `UPDATE webhook_deliveries SET attempts = attempts + 1, error = ?, due_at_ms = coalesce(?, due_at_ms), died_at_ms = ?
     WHERE id = ? AND died_at_ms IS NULL`,
  );
  const giveUp = database.prepare<[number, string, string, number]>(
    `UPDATE webhook_deliveries SET died_at_ms = ?, error = coalesce(error, ?) WHERE id IN (
       SELECT id FROM webhook_deliveries WHERE webhook = ? AND died_at_ms IS NULL AND created_at_ms < ? LIMIT ${CHANGED_AT_ONCE})`,
  );
  const resend = database.prepare<[number, number, string, string | null]>(
    `UPDATE webhook_deliveries SET died_at_ms = NULL, attempts = 0, created_at_ms = ?, due_at_ms = ? WHERE id IN (
       SELECT id FROM webhook_deliveries WHERE webhook = ? AND died_at_ms IS NOT NULL
         AND id IN (SELECT value FROM json_each(?)) LIMIT ${CHANGED_AT_ONCE})`,
  );
  const resendAll = database.prepare<[number, number, string]>(
    `UPDATE webhook_deliveries SET died_at_ms = NULL, attempts = 0, created_at_ms = ?, due_at_ms = ? WHERE id IN (
       SELECT id FROM webhook_deliveries WHERE webhook = ? AND died_at_ms IS NOT NULL LIMIT ${CHANGED_AT_ONCE})`,
  );

  function report({ delivered, failed, giveUp: old, atMs }: DeliveryReport): number {
    if (delivered.length > 0) remove.run(JSON.stringify(delivered));
    for (const { id, error, dueAtMs } of failed) fail.run(error, dueAtMs, dueAtMs === null ? atMs : null, id);
    return old === null ? 0 : giveUp.run(atMs, old.error, old.webhook, old.beforeMs).changes;
  }

  return (change) => {
    if (change.type === "report") return report(change);
    const { webhook, ids, atMs } = change;
    const done = ids === null ? resendAll.run(atMs, atMs, webhook) : resend.run(atMs, atMs, webhook, JSON.stringify(ids));
    return done.changes;
  };
}
