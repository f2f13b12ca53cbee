/** What the threads of a process have spent, from `/proc`; Linux only. */
import { readdirSync, readFileSync } from "node:fs";

/** Nanoseconds. */
export interface ProcessorTime {
  readonly all: number;
  /** The thread that runs the event loop. */
  readonly main: number;
  /** Worker threads of Node, which run JavaScript of their own: the ledger's. */
  readonly workers: number;
}

export function processorTime(pid: number): ProcessorTime {
  let [all, main, workers] = [0, 0, 0];
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [name, spent] = threadOf(pid, thread);
    all += spent;
    if (thread === String(pid)) main += spent;
    else if (isWorker(name)) workers += spent;
  }
  return { all, main, workers };
}

/** A worker is named `node-worker` or as its creator named it; the threads of V8 and libuv have names of their own. */
function isWorker(name: string): boolean {
  return !/^(V8Worker|libuv|node$|DelayedTask|SignalInspector|Inspector)/i.test(name);
}

function threadOf(pid: number, thread: string): readonly [name: string, spentNs: number] {
  try {
    const name = readFileSync(`/proc/${pid}/task/${thread}/comm`, "utf8").trim();
    return [name, Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ", 1)[0])];
  } catch {
    // It has ended meanwhile.
    return ["", 0];
  }
}

export function difference(after: ProcessorTime, before: ProcessorTime): ProcessorTime {
  return { all: after.all - before.all, main: after.main - before.main, workers: after.workers - before.workers };
}

export function sum(one: ProcessorTime, other: ProcessorTime): ProcessorTime {
  return { all: one.all + other.all, main: one.main + other.main, workers: one.workers + other.workers };
}

/** Memory of the process that is not mapped from a file, bytes. */
export function ownBytes(pid: number): number {
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1_024;
}
