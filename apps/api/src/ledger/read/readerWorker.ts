/** A reader thread: answers queries over a read-only connection. Started by `readerThread.ts`. */
import { constants, getPriority, platform, setPriority } from "node:os";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import Database from "better-sqlite3";
import { isKnown } from "../../contract/errors.ts";
import type { FromReader, Questions, ReaderFailure, ReaderStart, ToReader } from "../workerMessages.ts";
import { createDeliveryReads } from "./deliveryReads.ts";
import { createEndPages } from "./endPages.ts";
import { createEndStats } from "./endStats.ts";
import { createOperatorReads } from "./operatorReads.ts";
import { createTimeline } from "./sessionTimeline.ts";
import { createSmallReads } from "./smallReads.ts";
import { createSystemReads } from "./systemReads.ts";
import { createTimeLimit } from "./timeLimit.ts";

const port = parentPort as MessagePort;
const { file, queryLimitMs, yields } = workerData as ReaderStart;
if (yields) yieldToOthers();
const database = new Database(file, { readonly: true, fileMustExist: true });
// No memory-mapped I/O: with it, both the rare slow query and the longest event loop turn took twice as long (threads share the page
// fault lock), and mapped pages count as the process's memory.
database.pragma("cache_size = -65536");
database.pragma("temp_store = MEMORY");
const limit = createTimeLimit(database, queryLimitMs);
const answers: Questions = {
  ...createEndPages(database),
  ...createSmallReads(database),
  ...createDeliveryReads(database),
  ...createOperatorReads(database),
  stats: createEndStats(database),
  ...createTimeline(database),
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
port.postMessage({ loaded: true } satisfies FromReader);

/** Linux only, where this sets the priority of the calling thread. Elsewhere it would affect the whole process. */
function yieldToOthers(): void {
  if (platform() === "linux") setPriority(0, Math.max(getPriority(0), constants.priority.PRIORITY_BELOW_NORMAL));
}

/** Serialises an error, because errors lose their class between threads. */
function failureOf(thrown: unknown): ReaderFailure {
  if (isKnown(thrown)) return { error: thrown.message, code: thrown.code, issues: thrown.issues };
  return { error: thrown instanceof Error ? thrown.message : String(thrown), code: null };
}

port.on("close", () => database.close());
