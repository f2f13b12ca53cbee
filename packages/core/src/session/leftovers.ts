/** Resources whose release threw: kept by name and tried again by the sweep, a few times, so that nothing is forgotten silently. */
import type { Resource } from "./resources.ts";

/** Further tries before a resource is given up for lost. */
export const FURTHER_TRIES = 3;

export interface Leftover {
  readonly sessionId: string;
  readonly resource: Resource;
  readonly failedMs: number;
  tries: number;
}

export class Leftovers {
  #kept: Leftover[] = [];

  add(leftover: Omit<Leftover, "tries">): void {
    this.#kept.push({ ...leftover, tries: 0 });
  }

  get size(): number {
    return this.#kept.length;
  }

  /** Hands over everything that is to be tried now; what fails again is added back by `failedAgain`. */
  take(): Leftover[] {
    const taken = this.#kept;
    this.#kept = [];
    return taken;
  }

  /** `false` when it has been tried often enough. */
  failedAgain(leftover: Leftover): boolean {
    leftover.tries += 1;
    if (leftover.tries >= FURTHER_TRIES) return false;
    this.#kept.push(leftover);
    return true;
  }
}
