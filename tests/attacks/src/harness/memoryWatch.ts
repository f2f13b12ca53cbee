/** The memory of a server process before, at its peak and after. */
import type { ServerProcess } from "@lastbeat/support/serverProcess";

const MIB = 1024 * 1024;
const EVERY_MS = 50;

export interface MemoryMeasured {
  readonly beforeMiB: number;
  readonly peakMiB: number;
  readonly afterMiB: number;
}

export class MemoryWatch {
  readonly #process: ServerProcess;
  readonly #timer: NodeJS.Timeout;
  readonly #beforeMiB: number;
  #peakMiB = 0;

  constructor(process: ServerProcess) {
    this.#process = process;
    this.#beforeMiB = this.now();
    this.#timer = setInterval(() => this.now(), EVERY_MS);
  }

  /** MiB of the server's own memory now. */
  now(): number {
    const mib = this.#process.ownBytes() / MIB;
    if (mib > this.#peakMiB) this.#peakMiB = mib;
    return mib;
  }

  /** How much more it is now than before. */
  grown(): number {
    return this.now() - this.#beforeMiB;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  measured(): MemoryMeasured {
    return { beforeMiB: this.#beforeMiB, afterMiB: this.now(), peakMiB: this.#peakMiB };
  }
}
