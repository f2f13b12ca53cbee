/** Writes log lines from a thread of the pool, so that neither a slow disk nor a stopped terminal delays a heartbeat. */
import { mkdirSync, openSync, write, writeSync } from "node:fs";
import { dirname } from "node:path";
import { failure } from "../contract/errors.ts";

export interface Sink {
  write(line: string): void;
  /** Resolves when everything so far has been handed to the system, or when the system accepts nothing. */
  flush(): Promise<void>;
}

/** Maximum bytes buffered for a blocked sink. Further lines are dropped and counted. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;
/** Bytes per write: the capacity of a pipe. */
const CHUNK_BYTES = 64 * 1024;
/** Delay before retrying a full pipe. */
const RETRY_MS = 100;
/** How long process exit waits to write the last lines to an unread pipe or a full disk. */
const EXIT_WAIT_MS = 1_000;

/** Called once per series of failures of a sink. */
export type SinkProblem = (problem: string) => void;

export function descriptorSink(descriptor: number, onProblem: SinkProblem): Sink {
  const sink = new DescriptorSink(descriptor, onProblem);
  openSinks.add(sink);
  return sink;
}

/** Sinks to finish when the process exits. */
const openSinks = new Set<DescriptorSink>();
process.once("exit", () => {
  const untilMs = performance.now() + EXIT_WAIT_MS;
  for (const sink of openSinks) sink.finish(untilMs);
});

class DescriptorSink implements Sink {
  readonly #descriptor: number;
  readonly #onProblem: SinkProblem;
  #waiting: string[] = [];
  #waitingBytes = 0;
  /** The unwritten rest of the chunk being written. */
  #chunk: Buffer = Buffer.alloc(0);
  #isWriting = false;
  /** When a thread began writing the chunk; `null` if none is, including while waiting to retry a full pipe. */
  #inThreadSinceMs: number | null = null;
  #isBroken = false;
  #dropped = 0;
  #flushed: (() => void)[] = [];

  constructor(descriptor: number, onProblem: SinkProblem) {
    this.#descriptor = descriptor;
    this.#onProblem = onProblem;
  }

  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.#waitingBytes + bytes > MAX_BUFFERED_BYTES) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += bytes;
    this.#pump();
  }

  flush(): Promise<void> {
    return new Promise((resolve) => {
      this.#flushed.push(resolve);
      this.#pump();
    });
  }

  /** Writes the rest synchronously on process exit. Whatever the system does not accept by `untilMs` is lost. */
  finish(untilMs: number): void {
    const sinceMs = this.#inThreadSinceMs;
    // The thread is blocked, for example by a stopped terminal, and this one would block too.
    if (sinceMs !== null && performance.now() - sinceMs > EXIT_WAIT_MS) return;
    // The thread is still writing this chunk. Writing it here would duplicate it.
    if (sinceMs !== null) this.#chunk = Buffer.alloc(0);
    while (this.#fillChunk()) {
      try {
        this.#chunk = this.#chunk.subarray(writeSync(this.#descriptor, this.#chunk));
      } catch (error) {
        if (!isFull(error) || performance.now() > untilMs) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      }
    }
  }

  #pump(): void {
    if (this.#isWriting) return;
    if (!this.#fillChunk()) return this.#settle();
    this.#isWriting = true;
    this.#writeChunk();
  }

  readonly #writeChunk = (): void => {
    this.#inThreadSinceMs = performance.now();
    write(this.#descriptor, this.#chunk, 0, this.#chunk.length, null, this.#written);
  };

  readonly #written = (error: Error | null, bytes: number): void => {
    this.#inThreadSinceMs = null;
    if (isFull(error)) {
      setTimeout(this.#writeChunk, RETRY_MS).unref();
      return;
    }
    this.#isWriting = false;
    if (error !== null) return this.#failed(error);
    this.#chunk = this.#chunk.subarray(bytes);
    this.#recovered();
    this.#pump();
  };

  /** A full disk must not take the server down: the lines are kept and retried with the next one. */
  #failed(error: Error): void {
    if (!this.#isBroken) this.#onProblem(error.message);
    this.#isBroken = true;
    this.#settle();
  }

  #recovered(): void {
    this.#isBroken = false;
    if (this.#dropped === 0) return;
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.#onProblem(`${dropped} lines were dropped because they could not be written fast enough`);
  }

  /** Fills the chunk from the waiting lines. Returns whether there is anything to write. */
  #fillChunk(): boolean {
    if (this.#chunk.length > 0) return true;
    if (this.#waiting.length === 0) return false;
    let count = 0;
    for (let bytes = 0; count < this.#waiting.length && bytes < CHUNK_BYTES; count += 1)
      bytes += this.#waiting[count]?.length ?? 0;
    this.#chunk = Buffer.from(this.#waiting.splice(0, count).join(""));
    this.#waitingBytes -= this.#chunk.length;
    return true;
  }

  #settle(): void {
    for (const resolve of this.#flushed.splice(0)) resolve();
  }
}

/** Whether the error means that a pipe is full. */
function isFull(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === "EAGAIN" || code === "EBUSY";
}

/** The error for a log file that cannot be opened. Its one-line message says how to fix it. */
function cannotWrite(file: string, cause: unknown): Error {
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
  const advice = "make it writable, or choose another with log.file or LASTBEAT_LOG_FILE";
  return failure("cannot_start", `the log ${file} cannot be written (${code}): ${advice}`, { cause });
}

/**
 * Opens a file for appending, creating its folder if needed.
 * @throws {LastbeatError} `cannot_start`
 */
export function openLogFile(file: string): number {
  try {
    mkdirSync(dirname(file), { recursive: true });
    return openSync(file, "a");
  } catch (cause) {
    throw cannotWrite(file, cause);
  }
}
