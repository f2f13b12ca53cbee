/**
 * Clears up after a run that was killed: Ctrl-C and SIGKILL leave Vitest no time to do it. Started with the run's folder; its
 * input ends when the run's process does, however that happened.
 */
import { existsSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { Leftovers } from "./leftovers.ts";

/** Time in which a worker that has just lost its Vitest may still begin something. */
const WORKERS_MS = 1_000;

const [folder = ""] = process.argv.slice(2);

process.stdin.resume();
process.stdin.on("end", async () => {
  while (existsSync(folder)) {
    new Leftovers(folder).clear();
    await wait(WORKERS_MS);
  }
});
