/** Runs the simulations of many seeds on several threads. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { SimulationReport } from "@lastbeat/core/testing/simulation";

export interface SeedTask {
  readonly seed: number;
  readonly durationMs: number;
}

export interface SeedResult {
  readonly seed: number;
  /** The report of the broken rule; `null` when every rule held. */
  readonly failure: string | null;
  readonly steps: number;
  readonly counts: SimulationReport["counts"] | null;
}

export interface SeedsOptions {
  readonly from: number;
  readonly count: number;
  /** Simulated time of each seed, milliseconds. */
  readonly durationMs: number;
  readonly threads?: number;
  readonly onResult?: (result: SeedResult) => void;
}

export interface SeedsReport {
  readonly seeds: number;
  readonly failures: readonly SeedResult[];
  readonly steps: number;
  /** The counters of all runs, summed. */
  readonly totals: Readonly<Record<string, number>>;
  readonly ends: Readonly<Record<string, number>>;
}

/** Runs `count` seeds, starting with `from`. */
export async function runSeeds({ from, count, durationMs, threads, onResult }: SeedsOptions): Promise<SeedsReport> {
  const sum = new Sum();
  let next = from;
  const takeTask = (): SeedTask | null => (next < from + count ? { seed: next++, durationMs } : null);
  const wanted = Math.min(count, threads ?? availableParallelism());
  await Promise.all(
    Array.from({ length: wanted }, () =>
      runThread(takeTask, (result) => {
        sum.add(result);
        onResult?.(result);
      }),
    ),
  );
  return sum.report();
}

/** Feeds one thread with seeds until there are none left. */
async function runThread(takeTask: () => SeedTask | null, onResult: (result: SeedResult) => void): Promise<void> {
  const worker = new Worker(new URL("./seedWorker.ts", import.meta.url));
  try {
    await new Promise<void>((resolve, reject) => {
      const giveNext = () => {
        const task = takeTask();
        if (task === null) resolve();
        else worker.postMessage(task);
      };
      worker.on("error", reject);
      worker.on("message", (result: SeedResult) => {
        onResult(result);
        giveNext();
      });
      giveNext();
    });
  } finally {
    await worker.terminate();
  }
}

class Sum {
  #seeds = 0;
  #steps = 0;
  readonly #failures: SeedResult[] = [];
  readonly #totals: Record<string, number> = {};
  readonly #ends: Record<string, number> = {};

  add(result: SeedResult): void {
    this.#seeds += 1;
    this.#steps += result.steps;
    if (result.failure !== null) this.#failures.push(result);
    if (result.counts === null) return;
    const { ends, ...counters } = result.counts;
    for (const [name, count] of Object.entries(counters)) this.#totals[name] = (this.#totals[name] ?? 0) + count;
    for (const [reason, count] of ends) this.#ends[reason] = (this.#ends[reason] ?? 0) + count;
  }

  report(): SeedsReport {
    return { seeds: this.#seeds, steps: this.#steps, failures: this.#failures, totals: this.#totals, ends: this.#ends };
  }
}
