/**
 * Gathers lines and hands them to the sinks in large pieces (rule OPS4), since each write costs many times what a line costs. A line after
 * a quiet time goes at once; those that follow go together, at the latest `GATHER_MS` later. So `kill -9` loses at most the lines of that
 * time.
 */
import type { Sink } from "./sink.ts";

/** How long a line may wait for others. */
export const GATHER_MS = 50;
/** Characters at which a piece is handed over without waiting: about the capacity of a pipe. */
const PIECE_LENGTH = 48 * 1024;
/** How long process exit waits to write the last lines to an unread pipe or a full disk. */
const EXIT_WAIT_MS = 1_000;

/** Gatherers to empty when the process exits. */
const gatherers = new Set<Gatherer>();
process.once("exit", () => {
  const untilMs = performance.now() + EXIT_WAIT_MS;
  for (const gatherer of gatherers) gatherer.finish(untilMs);
});

export class Gatherer {
  readonly #sinks: readonly Sink[];
  #lines: string[] = [];
  #length = 0;
  /** Wall clock at which lines were last handed over. */
  #handedOverAtMs = 0;
  #timer: NodeJS.Timeout | null = null;

  /** The sinks share each piece. */
  constructor(sinks: readonly Sink[]) {
    this.#sinks = sinks;
    gatherers.add(this);
  }

  /** `atMs` is the wall clock now; it is asked here, and not only the timer, because the event loop may be busy for long. */
  add(line: string, atMs: number): void {
    this.#lines.push(line);
    this.#length += line.length;
    const sinceMs = atMs - this.#handedOverAtMs;
    if (sinceMs >= GATHER_MS || sinceMs < 0 || this.#length >= PIECE_LENGTH) {
      this.#handedOverAtMs = atMs;
      this.handOver();
    } else this.#timer ??= setTimeout(this.#onTime, GATHER_MS).unref();
  }

  /** Hands over what there is. */
  handOver(): void {
    const lines = this.#lines.length;
    if (lines === 0) return;
    const piece = this.#take();
    for (const sink of this.#sinks) sink.write(piece, lines);
  }

  /** Writes what there is synchronously; see `Sink.finish`. */
  finish(untilMs: number): void {
    const piece = this.#take();
    for (const sink of this.#sinks) sink.finish(piece, untilMs);
  }

  #take(): Buffer {
    const piece = Buffer.from(this.#lines.join(""));
    this.#lines = [];
    this.#length = 0;
    return piece;
  }

  readonly #onTime = (): void => {
    this.#timer = null;
    this.#handedOverAtMs = Date.now();
    this.handOver();
  };
}
