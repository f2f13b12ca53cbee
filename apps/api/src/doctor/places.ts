/** The folders of data and logs: whether they can be written, who can read them, how much room there is, and how fast a flush is. */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  openSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type Finding, megabytes, ok, problem, warning } from "./finding.ts";

const LEAST_FREE_BYTES = 100 * 1_024 ** 2;
const FEW_FREE_BYTES = 1_024 ** 3;
const SLOW_FLUSH_MS = 100;

export interface Place {
  /** `data` or `logs`. */
  readonly name: string;
  readonly folder: string;
  /** Files in it that must be for their owner only. */
  readonly files: readonly string[];
}

export function placeFindings(place: Place): Finding[] {
  const { name, folder } = place;
  if (!existsSync(folder)) return [willBeMade(name, folder)];
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    return [problem(name, `${folder} cannot be written by user ${process.getuid?.() ?? "?"}: give it to the server's user`)];
  }
  return [rights(place), room(name, folder), flushSpeed(name, folder)];
}

function willBeMade(name: string, folder: string): Finding {
  let above = dirname(folder);
  while (!existsSync(above)) above = dirname(above);
  try {
    accessSync(above, constants.W_OK | constants.X_OK);
    return ok(name, `${folder} does not exist yet; the first start makes it`);
  } catch {
    return problem(name, `${folder} does not exist, and user ${process.getuid?.() ?? "?"} cannot make it in ${above}`);
  }
}

/** They hold what people wrote. */
function rights({ name, folder, files }: Place): Finding {
  const open = [folder, ...files].filter((path) => existsSync(path) && (statSync(path).mode & 0o077) !== 0);
  if (process.platform === "win32" || open.length === 0) return ok(name, `${folder} is for its owner only`);
  const fix = open.map((path) => `chmod ${statSync(path).isDirectory() ? "700" : "600"} ${path}`).join("; ");
  return warning(name, `others on this machine can read ${open.join(", ")}: ${fix}`);
}

function room(name: string, folder: string): Finding {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const seen = `${megabytes(free)} free in ${folder}`;
  if (free < LEAST_FREE_BYTES) return problem(`${name} disk`, `${seen}: make room; a full disk refuses new sessions`);
  return free < FEW_FREE_BYTES ? warning(`${name} disk`, `${seen}: make room`) : ok(`${name} disk`, seen);
}

function flushSpeed(name: string, folder: string): Finding {
  const file = join(folder, `.doctor-${process.pid}`);
  const startedMs = performance.now();
  const descriptor = openSync(file, "wx", 0o600);
  try {
    writeSync(descriptor, Buffer.alloc(4_096));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
    rmSync(file, { force: true });
  }
  const ms = performance.now() - startedMs;
  const seen = `a flush takes ${ms.toFixed(1)} ms`;
  if (ms <= SLOW_FLUSH_MS) return ok(`${name} flush`, seen);
  return warning(`${name} flush`, `${seen}: with ledger.durability power each group of writes waits that long`);
}
