/** Reads chat messages and settings revisions, a few rows each by index. */
import type { Settings } from "@lastbeat/core";
import type Database from "better-sqlite3";
import type { StoredMessage } from "../../contract/push.ts";
import type { Questions } from "../workerMessages.ts";

interface RevisionRow {
  readonly revision: number;
  readonly author: string;
  readonly at_ms: number;
  readonly before: string;
  readonly after: string;
}

export function createSmallReads(database: Database.Database): Pick<Questions, "messages" | "revisions" | "currentSettings"> {
  const newest = database.prepare<[string, number, number], StoredMessage>(
    `SELECT seq, id, room, session_id AS sessionId, user, user_id AS userId, text, sent_at_ms AS sentAtMs FROM messages
     WHERE room = ? AND seq < ? ORDER BY seq DESC LIMIT ?`,
  );
  const revisions = database.prepare<[number], RevisionRow>("SELECT * FROM settings_revisions ORDER BY revision DESC LIMIT ?");
  const changes = database.prepare<[], Pick<RevisionRow, "revision" | "after">>(
    "SELECT revision, after FROM settings_revisions ORDER BY revision",
  );
  return {
    messages: ({ room, limit, beforeSeq = Number.MAX_SAFE_INTEGER }) => newest.all(room, beforeSeq, limit).reverse(),
    revisions: (limit) =>
      revisions.all(limit).map(({ at_ms, before, after, ...row }) => ({
        ...row,
        atMs: at_ms,
        before: JSON.parse(before),
        after: JSON.parse(after),
      })),
    currentSettings() {
      const rows = changes.all();
      const values: Partial<Settings> = Object.assign({}, ...rows.map(({ after }) => JSON.parse(after)));
      return { revision: rows.at(-1)?.revision ?? 0, values };
    },
  };
}
