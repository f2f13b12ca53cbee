/** Writes pieces of the log from a thread of the pool, so that neither a slow disk nor a stopped terminal delays a heartbeat. */
import { close, openSync, write, writeSync } from "node:fs";
import { failure } from "../contract/errors.ts";
import { makePrivateFolder } from "../files/privateFiles.ts";

export interface Sink {
  /** Writes a piece of whole lines. It must not change afterwards, since sinks share it. */
  write(piece: Buffer, lines: number): void;
  /** Resolves when everything so far has been handed to the system, or when the system accepts nothing. */
  flush(): Promise<void>;
  /**
   * Writes the rest and a last piece synchronously on process exit. Whatever the system does not accept by `untilMs`, in milliseconds of
   * `performance.now()`, is lost.
   */
  finish(last: Buffer, untilMs: number): void;
}

/** Maximum bytes buffered for a blocked sink. Further pieces are dropped and their lines counted. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;
/** Bytes per write: the capacity of a pipe. */
const CHUNK_BYTES = 64 * 1024;
/** Delay before retrying a full pipe. */
const RETRY_MS = 100;
/** After this time in a write the thread is taken to be blocked, for example by a stopped terminal. */
const BLOCKED_MS = 1_000;

/** Called once per series of failures of a sink. */
export type SinkProblem = (problem: string) => void;

export class DescriptorSink implements Sink {
  #descriptor: number;
  /** Where lines go from the next piece on; `null` while that is `#descriptor`. */
  #nextDescriptor: number | null = null;
  readonly #onProblem: SinkProblem;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** The unwritten rest of the piece being written. */
  #piece: Buffer = Buffer.alloc(0);
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

  write(piece: Buffer, lines: number): void {
    if (this.#waitingBytes + piece.length > MAX_BUFFERED_BYTES) {
      this.#dropped += lines;
      return;
    }
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
    this.#pump();
  }

  flush(): Promise<void> {
    return new Promise((resolve) => {
      this.#flushed.push(resolve);
      this.#pump();
    });
  }

  /** Writes the following pieces to another descriptor, and closes the present one. */
  moveTo(descriptor: number): void {
    if (this.#nextDescriptor !== null) close(this.#nextDescriptor);
    this.#nextDescriptor = descriptor;
    this.#pump();
  }

  finish(last: Buffer, untilMs: number): void {
    const sinceMs = this.#inThreadSinceMs;
    // The thread is blocked, and this one would block too.
    if (sinceMs !== null && performance.now() - sinceMs > BLOCKED_MS) return;
    // The thread is still writing the beginning of this piece. Writing it here would duplicate it.
    if (sinceMs !== null) this.#piece = this.#piece.subarray(CHUNK_BYTES);
    this.#waiting.push(last);
    while (this.#nextPiece()) {
      try {
        this.#piece = this.#piece.subarray(writeSync(this.#descriptor, this.#piece, 0, chunkOf(this.#piece)));
      } catch (error) {
        if (!isFull(error) || performance.now() > untilMs) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      }
    }
  }

  #pump(): void {
    if (this.#isWriting) return;
    // A piece whose rest the old file does not take goes on in the new one.
    if (this.#piece.length === 0 || this.#isBroken) this.#move();
    if (!this.#nextPiece()) return this.#settle();
    this.#isWriting = true;
    this.#writeChunk();
  }

  #move(): void {
    if (this.#nextDescriptor === null) return;
    close(this.#descriptor);
    this.#descriptor = this.#nextDescriptor;
    this.#nextDescriptor = null;
  }

  readonly #writeChunk = (): void => {
    this.#inThreadSinceMs = performance.now();
    write(this.#descriptor, this.#piece, 0, chunkOf(this.#piece), null, this.#written);
  };

  readonly #written = (error: Error | null, bytes: number): void => {
    this.#inThreadSinceMs = null;
    if (isFull(error)) {
      setTimeout(this.#writeChunk, RETRY_MS).unref();
      return;
    }
    this.#isWriting = false;
    if (error !== null) return this.#failed(error);
    this.#piece = this.#piece.subarray(bytes);
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

  /** Takes the next piece when the last one is written. Returns whether there is anything to write. */
  #nextPiece(): boolean {
    while (this.#piece.length === 0) {
      const piece = this.#waiting.shift();
      if (piece === undefined) return false;
      this.#piece = piece;
      this.#waitingBytes -= piece.length;
    }
    return true;
  }

  #settle(): void {
    for (const resolve of this.#flushed.splice(0)) resolve();
  }
}

const chunkOf = (piece: Buffer): number => Math.min(piece.length, CHUNK_BYTES);

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
    makePrivateFolder(file);
    return openSync(file, "a", 0o600);
  } catch (cause) {
    throw cannotWrite(file, cause);
  }
}
