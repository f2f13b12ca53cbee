/** A reader's thread: answers questions over a read-only connection. Started by `readerThread.ts`. */
import { constants, getPriority, platform, setPriority } from "node:os";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import Database from "better-sqlite3";
import { isKnown } from "../../contract/errors.ts";
import type { FromReader, Questions, ReaderFailure, ReaderStart, ToReader } from "../workerMessages.ts";
import { createEndPages } from "./endPages.ts";
import { createEndStats } from "./endStats.ts";
import { createTimeline } from "./sessionTimeline.ts";
import { createSmallReads } from "./smallReads.ts";
import { createSystemReads } from "./systemReads.ts";
import { createTimeLimit } from "./timeLimit.ts";

const port = parentPort as MessagePort;
const { file, queryLimitMs, yields } = workerData as ReaderStart;
if (yields) yieldToOthers();
const database = new Database(file, { readonly: true, fileMustExist: true });
// Pages are read, not mapped: mapped, both the rare slow query and the longest turn of the event loop took twice as long (threads share
// the lock of page faults), and what is mapped counts as the process's memory.
database.pragma("cache_size = -65536");
database.pragma("temp_store = MEMORY");
const limit = createTimeLimit(database, queryLimitMs);
const answers: Questions = {
  ...createEndPages(database),
  ...createSmallReads(database),
  stats: createEndStats(database),
  timeline: createTimeline(database),
  system: createSystemReads(database),
};

port.on("message", ({ id, question, asked }: ToReader) => {
  try {
    const answer = limit.within(() => (answers[question] as (asked: unknown) => unknown)(asked));
    port.postMessage({ id, answer } satisfies FromReader);
  } catch (thrown) {
    port.postMessage({ id, ...failureOf(thrown) } satisfies FromReader);
  }
});
/** On Linux this sets the priority of the calling thread alone, elsewhere that of the whole process, which nobody wants. */
function yieldToOthers(): void {
  if (platform() === "linux") setPriority(0, Math.max(getPriority(0), constants.priority.PRIORITY_BELOW_NORMAL));
}

/** An error loses its class on the way between threads. */
function failureOf(thrown: unknown): ReaderFailure {
  if (isKnown(thrown)) return { error: thrown.message, code: thrown.code, issues: thrown.issues };
  return { error: thrown instanceof Error ? thrown.message : String(thrown), code: null };
}

port.on("close", () => database.close());
