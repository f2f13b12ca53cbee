/** A worker thread: takes a seed, runs its simulation, reports, and takes the next. */
import { parentPort } from "node:worker_threads";
import { SimulationFailure, simulate } from "@lastbeat/core/testing/simulation";
import type { SeedResult, SeedTask } from "./runSeeds.ts";

async function run({ seed, durationMs }: SeedTask): Promise<SeedResult> {
  try {
    const { steps, counts } = await simulate(seed, { durationMs });
    return { seed, failure: null, steps, counts };
  } catch (thrown) {
    // Anything but a broken rule is a bug in the simulation itself, and fails the seed too.
    const text = thrown instanceof SimulationFailure ? thrown.message : `seed ${seed}: ${(thrown as Error).stack}`;
    return { seed, failure: text, steps: 0, counts: null };
  }
}

parentPort?.on("message", (task: SeedTask) => {
  void run(task).then((result) => parentPort?.postMessage(result));
});
