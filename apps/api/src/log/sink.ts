/** Where log lines go: written by a thread of the pool, so that neither a slow disk nor a stopped terminal holds a heartbeat. */
import { mkdirSync, openSync, write, writeSync } from "node:fs";
import { dirname } from "node:path";
import { failure } from "../contract/errors.ts";

export interface Sink {
  write(line: string): void;
  /** Resolves when everything written so far has reached the system, or when the system takes nothing. */
  flush(): Promise<void>;
}

/** Bytes that may wait for a sink that does not take them; lines beyond are dropped and counted. */
const WAITING_BYTES = 8 * 1024 * 1024;
/** Bytes written at once: what a pipe holds. */
const CHUNK_BYTES = 64 * 1024;
/** When to ask a full pipe again. */
const AGAIN_MS = 100;
/** How long the last lines may wait, when the process exits, for a pipe that nobody reads or a disk that is full. */
const LAST_WAIT_MS = 1_000;

/** Called once for each stretch of trouble with a sink. */
export type SinkTrouble = (problem: string) => void;

export function descriptorSink(descriptor: number, onTrouble: SinkTrouble): Sink {
  const sink = new DescriptorSink(descriptor, onTrouble);
  lastWords.add(sink);
  return sink;
}

/** Written to the end when the process exits. */
const lastWords = new Set<DescriptorSink>();
process.once("exit", () => {
  const untilMs = performance.now() + LAST_WAIT_MS;
  for (const sink of lastWords) sink.finish(untilMs);
});

class DescriptorSink implements Sink {
  readonly #descriptor: number;
  readonly #onTrouble: SinkTrouble;
  #waiting: string[] = [];
  #waitingBytes = 0;
  /** What is being written, from its first byte that is not. */
  #chunk: Buffer = Buffer.alloc(0);
  #isWriting = false;
  /** Since when a thread is at the chunk; `null` while a full pipe is waited for, too. */
  #inThreadSinceMs: number | null = null;
  #isBroken = false;
  #dropped = 0;
  #flushed: (() => void)[] = [];

  constructor(descriptor: number, onTrouble: SinkTrouble) {
    this.#descriptor = descriptor;
    this.#onTrouble = onTrouble;
  }

  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.#waitingBytes + bytes > WAITING_BYTES) {
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

  /** At once, for the last moment of the process; what the system does not take by then is lost. */
  finish(untilMs: number): void {
    const sinceMs = this.#inThreadSinceMs;
    // The thread stands still, as for a terminal that was stopped, and so would this one.
    if (sinceMs !== null && performance.now() - sinceMs > LAST_WAIT_MS) return;
    // It would be written twice.
    if (sinceMs !== null) this.#chunk = Buffer.alloc(0);
    while (this.#next()) {
      try {
        this.#chunk = this.#chunk.subarray(writeSync(this.#descriptor, this.#chunk));
      } catch (error) {
        if (!isFull(error) || performance.now() > untilMs) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, AGAIN_MS);
      }
    }
  }

  #pump(): void {
    if (this.#isWriting) return;
    if (!this.#next()) return this.#settle();
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
      setTimeout(this.#writeChunk, AGAIN_MS).unref();
      return;
    }
    this.#isWriting = false;
    if (error !== null) return this.#failed(error);
    this.#chunk = this.#chunk.subarray(bytes);
    this.#recovered();
    this.#pump();
  };

  /** A full disk must not take the server down: the lines are kept, and tried again with the next one. */
  #failed(error: Error): void {
    if (!this.#isBroken) this.#onTrouble(error.message);
    this.#isBroken = true;
    this.#settle();
  }

  #recovered(): void {
    this.#isBroken = false;
    if (this.#dropped === 0) return;
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.#onTrouble(`${dropped} lines were dropped because they could not be written fast enough`);
  }

  /** Whether there is something to write. */
  #next(): boolean {
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

/** Whether the reader of a pipe has only not kept up. */
function isFull(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === "EAGAIN" || code === "EBUSY";
}

/** A log file that cannot be opened; the message is one line that says what to do. */
function cannotWrite(file: string, cause: unknown): Error {
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
  const advice = "make it writable, or choose another with log.file or LASTBEAT_LOG_FILE";
  return failure("cannot_start", `the log ${file} cannot be written (${code}): ${advice}`, { cause });
}

/**
 * Opens a file for appending, with its folder.
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
