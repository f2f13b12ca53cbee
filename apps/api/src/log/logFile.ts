/**
 * The log's file, which others rotate (rule LOG2). It is appended to, so that lines go on at the beginning after it was copied and cut. It is
 * opened anew when it is told to (SIGHUP), and by itself soon after it was moved or deleted.
 */
import { fstatSync, type Stats, stat } from "node:fs";
import { DescriptorSink, openLogFile, type Sink, type SinkProblem } from "./sink.ts";

/** Between two looks at the file, while lines are written. */
const LOOK_EVERY_MS = 1_000;

export interface LogFileOptions {
  readonly file: string;
  readonly onProblem: SinkProblem;
  /** Told what happened to the file, in words. */
  readonly onRotation: (what: string) => void;
  /** Default: 1 s. */
  readonly lookEveryMs?: number;
}

export class LogFile implements Sink {
  readonly #options: LogFileOptions;
  readonly #sink: DescriptorSink;
  #identity: Pick<Stats, "dev" | "ino">;
  /** Its size at the last look. */
  #bytes = 0;
  #lookedMs = 0;

  /** @throws {LastbeatError} `cannot_start` if the file cannot be written. */
  constructor(options: LogFileOptions) {
    this.#options = options;
    const descriptor = openLogFile(options.file);
    this.#identity = fstatSync(descriptor);
    this.#sink = new DescriptorSink(descriptor, options.onProblem);
  }

  write(piece: Buffer, lines: number): void {
    this.#sink.write(piece, lines);
    const nowMs = performance.now();
    if (nowMs - this.#lookedMs < (this.#options.lookEveryMs ?? LOOK_EVERY_MS)) return;
    this.#lookedMs = nowMs;
    stat(this.#options.file, this.#looked);
  }

  flush(): Promise<void> {
    return this.#sink.flush();
  }

  finish(last: Buffer, untilMs: number): void {
    this.#sink.finish(last, untilMs);
  }

  /** Opens the file anew. If that fails, lines go on where they went. Synchronous: it happens once per rotation. */
  reopen(): void {
    const { file, onProblem, onRotation } = this.#options;
    try {
      const descriptor = openLogFile(file);
      this.#identity = fstatSync(descriptor);
      this.#bytes = 0;
      this.#sink.moveTo(descriptor);
      onRotation("was opened anew");
    } catch (error) {
      onProblem((error as Error).message);
    }
  }

  readonly #looked = (error: NodeJS.ErrnoException | null, found: Stats): void => {
    if (error !== null) {
      // Anything else, such as a lack of descriptors, says nothing about the file.
      if (error.code === "ENOENT") this.reopen();
      return;
    }
    if (found.ino !== this.#identity.ino || found.dev !== this.#identity.dev) return this.reopen();
    const before = this.#bytes;
    this.#bytes = found.size;
    if (found.size < before) this.#options.onRotation(`was cut from ${before} bytes to ${found.size}`);
  };
}
