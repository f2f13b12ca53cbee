/** A reader's thread: answers questions over a read-only connection. Started by `readerThread.ts`. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import Database from "better-sqlite3";
import { createCleanupPages } from "./cleanupPages.ts";
import { createCleanupStats } from "./cleanupStats.ts";
import { createTimeline } from "./sessionTimeline.ts";
import { createSmallReads } from "./smallReads.ts";
import { BadCursorError } from "./store.ts";
import type { FromReader, Question, Questions, ToReader } from "./workerMessages.ts";

const port = parentPort as MessagePort;
const { file } = workerData as { readonly file: string };
const database = new Database(file, { readonly: true, fileMustExist: true });
database.pragma("cache_size = -65536");
database.pragma("mmap_size = 1073741824");
database.pragma("temp_store = MEMORY");
const answers: Questions = {
  ...createCleanupPages(database),
  ...createSmallReads(database),
  stats: createCleanupStats(database),
  timeline: createTimeline(database),
};

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
