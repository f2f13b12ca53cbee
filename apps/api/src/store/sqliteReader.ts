/** A reader's thread: answers questions over a read-only connection. Started by `readerThread.ts`. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { Settings } from "@lastbeat/core";
import Database from "better-sqlite3";
import { and, asc, desc, eq, lt } from "drizzle-orm";
import { drizzle } from "drizzle-orm/better-sqlite3";
import type { SettingsRevision } from "../contract/views.ts";
import { createCleanupPages } from "./cleanupPages.ts";
import { createCleanupStats } from "./cleanupStats.ts";
import { messages, settingsRevisions } from "./schema.sqlite.ts";
import { createTimeline } from "./sessionTimeline.ts";
import { BadCursorError } from "./store.ts";
import type { FromReader, Question, Questions, ToReader } from "./workerMessages.ts";

function createAnswers(database: Database.Database): Questions {
  const tables = drizzle(database);
  const pages = createCleanupPages(database);
  return {
    ...pages,
    stats: createCleanupStats(database),
    timeline: createTimeline(database),
    messages({ room, limit, beforeSeq }) {
      const older = beforeSeq === undefined ? undefined : lt(messages.seq, beforeSeq);
      const inRoom = and(eq(messages.room, room), older);
      return tables.select().from(messages).where(inRoom).orderBy(desc(messages.seq)).limit(limit).all().reverse();
    },
    revisions(limit) {
      const rows = tables.select().from(settingsRevisions).orderBy(desc(settingsRevisions.revision)).limit(limit).all();
      return rows as SettingsRevision[];
    },
    currentSettings() {
      const rows = tables.select().from(settingsRevisions).orderBy(asc(settingsRevisions.revision)).all();
      const values: Partial<Settings> = Object.assign({}, ...rows.map(({ after }) => after));
      return { revision: rows.at(-1)?.revision ?? 0, values };
    },
  };
}

const port = parentPort as MessagePort;
const { file } = workerData as { readonly file: string };
const database = new Database(file, { readonly: true, fileMustExist: true });
database.pragma("cache_size = -65536");
database.pragma("mmap_size = 1073741824");
const answers = createAnswers(database);

port.on("message", ({ id, question, asked }: ToReader) => {
  try {
    const answer = (answers[question] as (asked: unknown) => Questions[Question] | unknown)(asked);
    port.postMessage({ id, answer } satisfies FromReader);
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown.message : String(thrown);
    port.postMessage({ id, error, badCursor: thrown instanceof BadCursorError } satisfies FromReader);
  }
});
port.on("close", () => database.close());
