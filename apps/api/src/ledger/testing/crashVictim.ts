/** Starts servers in order to kill them, and keeps what they acknowledged. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Scratch } from "./scratchStore.ts";

export interface Victim {
  readonly process: ChildProcess;
  readonly acknowledged: string[];
  /** Resolves when that many writes were acknowledged; the first line only says that it is ready. */
  reached(count: number): Promise<void>;
}

export function startVictim(place: Scratch, prefix: string): Victim {
  const program = join(import.meta.dirname, "crashingServer.ts");
  const child = spawn(process.execPath, [program, place.file, prefix], { stdio: ["ignore", "pipe", "inherit"] });
  const acknowledged: string[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => acknowledged.push(line));
  const reached = async (count: number) => {
    while (acknowledged.length < count) {
      if (child.exitCode !== null) throw new Error(`the server to be killed stopped by itself with ${child.exitCode}`);
      await once(lines, "line", { signal: AbortSignal.timeout(60_000) });
    }
  };
  return { process: child, acknowledged, reached };
}

/** Returns when it is gone and everything that it printed was read. */
export async function kill(victim: Victim): Promise<void> {
  const gone = once(victim.process, "close");
  victim.process.kill("SIGKILL");
  await gone;
}
