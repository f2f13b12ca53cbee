/** Sends queries to a reader thread, and restarts the thread if it dies. */
import { Worker } from "node:worker_threads";
import { failure } from "../../contract/errors.ts";
import { threadMemory } from "../threadMemory.ts";
import type { FromReader, Question, Questions, ReaderFailure, ReaderStart, ToReader } from "../workerMessages.ts";

type Asked<Q extends Question> = Parameters<Questions[Q]>[0];
type Answer<Q extends Question> = ReturnType<Questions[Q]>;

interface Pending {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class ReaderThread {
  readonly #start: ReaderStart;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | null = null;
  /** Settles when the thread has loaded its modules, or has ended. */
  #loaded: Promise<void> = Promise.resolve();
  #nextId = 1;
  #closed = false;

  constructor(start: ReaderStart) {
    this.#start = start;
    this.#thread();
  }

  ask<Q extends Question>(question: Q, asked: Asked<Q>): Promise<Answer<Q>> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new Error("the database is closed"));
      const id = this.#nextId++;
      this.#pending.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      this.#thread().postMessage({ id, question, asked } satisfies ToReader);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    if (worker === null) return;
    // A thread that is stopped while it loads SQLite takes the process with it.
    await this.#loaded;
    await worker.terminate();
  }

  #thread(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(new URL("./readerWorker.ts", import.meta.url), {
      workerData: this.#start,
      resourceLimits: threadMemory,
    });
    let cause = "the database is closed";
    const { promise, resolve: settle } = Promise.withResolvers<void>();
    this.#loaded = promise;
    worker.on("message", (message: FromReader) => {
      if ("loaded" in message) settle();
      else this.#hear(message);
    });
    worker.on("error", (error) => {
      cause = `the database's reader failed: ${error.message}`;
    });
    worker.on("exit", () => {
      settle();
      if (this.#worker === worker) this.#worker = null;
      this.#giveUp(cause);
    });
    this.#worker = worker;
    return worker;
  }

  #hear(message: Exclude<FromReader, { readonly loaded: true }>): void {
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (pending === undefined) return;
    if ("answer" in message) pending.resolve(message.answer);
    else pending.reject(errorOf(message));
  }

  #giveUp(cause: string): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(new Error(cause));
  }
}

function errorOf({ error, code, issues }: ReaderFailure): Error {
  return code === null ? new Error(error) : failure(code, error, { issues });
}
