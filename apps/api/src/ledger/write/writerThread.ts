/** Starts the writer thread and connects it to the queue (rule LED4). A thread that dies is restarted within the same boot. */
import { Worker } from "node:worker_threads";
import type { LedgerHealth } from "@lastbeat/core";
import type { RetentionState } from "../../contract/views.ts";
import type { RetentionControl } from "../store.ts";
import { cannotOpen } from "../storeErrors.ts";
import { threadMemory } from "../threadMemory.ts";
import type { FromWriter, OpenedLedger, ToWriter, WriterStart } from "../workerMessages.ts";
import { WriteQueue } from "./writeQueue.ts";

const RESTART_AFTER_MS = 500;

/** One line for the server's log. */
export type StoreLog = (level: "info" | "warn" | "error", message: string) => void;

export interface WriterThread {
  readonly queue: WriteQueue;
  readonly opened: OpenedLedger;
  readonly retention: RetentionControl;
  close(): Promise<void>;
}

export interface WriterThreadOptions {
  readonly start: Omit<WriterStart, "resumeBoot">;
  readonly queueLimit: number;
  readonly log: StoreLog;
}

/** @throws {LastbeatError} `database_unusable` if the database cannot be opened. */
export async function startWriter({ start, queueLimit, log }: WriterThreadOptions): Promise<WriterThread> {
  const queue = new WriteQueue({
    limit: queueLimit,
    send: (group) => tell({ type: "group", ...group }),
    onHealth: (health) => log(...healthLine(health)),
  });
  let worker: Worker | null = null;
  let closing = false;
  let retentionState: RetentionState | null = null;
  const closed = Promise.withResolvers<void>();

  function tell(message: ToWriter): void {
    worker?.postMessage(message);
  }

  function hear(message: FromWriter): void {
    if (message.type === "committed") queue.committed(message.outcomes);
    else if (message.type === "failed") queue.failed(message.cause);
    else if (message.type === "alive") queue.alive(message.cause);
    else if (message.type === "retention") retentionState = message.state;
    else if (message.type === "log") log(message.level, message.message);
  }

  async function run(resumeBoot: number | null): Promise<Ready> {
    const thread = new Worker(new URL("./writerWorker.ts", import.meta.url), {
      workerData: { ...start, resumeBoot },
      resourceLimits: threadMemory,
    });
    const ready = await firstReply(thread);
    worker = thread;
    thread.on("message", hear);
    thread.on("error", (error) => log("error", `the database's writer failed: ${error.message}`));
    thread.on("exit", () => {
      worker = null;
      if (closing) return closed.resolve();
      queue.stopped("the writer's thread stopped");
      restartSoon(ready.boot);
    });
    return ready;
  }

  function restartSoon(boot: number): void {
    setTimeout(() => {
      if (closing) return closed.resolve();
      run(boot).then(
        () => {
          log("info", "the database's writer runs again");
          queue.started();
        },
        (error: Error) => {
          log("error", `the database's writer cannot be started: ${error.message}`);
          restartSoon(boot);
        },
      );
    }, RESTART_AFTER_MS);
  }

  async function close(): Promise<void> {
    await queue.drain();
    closing = true;
    if (worker === null) return;
    worker.postMessage({ type: "close" } satisfies ToWriter);
    await closed.promise;
  }

  const { crashedSessions, upgradeCopy } = await run(null);
  let closeOnce: Promise<void> | undefined;
  return {
    queue,
    opened: { crashedSessions, upgradeCopy },
    retention: { state: () => retentionState, looked: (operator) => tell({ type: "looked", operator }) },
    close() {
      closeOnce ??= close();
      return closeOnce;
    },
  };
}

function healthLine(health: LedgerHealth): ["info" | "error", string] {
  if (health.accepting) return ["info", "the database can be written again"];
  return ["error", `the database cannot be written: ${health.cause}; new sessions are refused until it can`];
}

type Ready = { readonly boot: number } & OpenedLedger;

/** Waits until the thread has opened the database or reported why it cannot. */
function firstReply(thread: Worker): Promise<Ready> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(cannotOpen("failed", "the database's writer stopped before it had opened the database"));
    thread.once("error", reject);
    thread.once("exit", onExit);
    const onMessage = (message: FromWriter) => {
      // Under `node --watch`, Node sends its own messages about imported modules. They have no type.
      if (message.type !== "ready" && message.type !== "refused") return;
      thread.off("message", onMessage);
      thread.off("error", reject);
      thread.off("exit", onExit);
      if (message.type === "ready") resolve(message);
      else reject(cannotOpen(message.problem, message.message, message.holderPid));
    };
    thread.on("message", onMessage);
  });
}
