/** Samples the process's memory use and its limit. */
import { openSync, readSync } from "node:fs";
import { totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";
import type { MemorySource } from "@lastbeat/core";
import { containerLimit } from "./containerLimit.ts";

/** The limit is read once, because a container's limit does not change while it runs. */
export function processMemory(limitBytes = containerLimit(totalmem()) ?? totalmem()): MemorySource {
  const residentBytes = residentMemory();
  return {
    sample() {
      const heap = getHeapStatistics();
      return {
        residentBytes: residentBytes(),
        residentLimitBytes: limitBytes,
        heapUsedBytes: heap.used_heap_size,
        heapLimitBytes: heap.heap_size_limit,
      };
    },
  };
}

/**
 * Returns a reader of resident memory. `process.memoryUsage.rss()` opens a file each time, which fails when the process is out of
 * descriptors. Here the file stays open. If a read fails, the last value is used.
 */
function residentMemory(): () => number {
  const read = statusReader() ?? process.memoryUsage.rss;
  let last = read();
  return () => {
    try {
      last = read();
    } catch {
      // Others report the lack of descriptors. The last sample is good enough.
    }
    return last;
  };
}

function statusReader(): (() => number) | null {
  const text = Buffer.alloc(4_096);
  try {
    const descriptor = openSync("/proc/self/status", "r");
    const read = () => {
      const length = readSync(descriptor, text, 0, text.length, 0);
      const kibibytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(text.toString("latin1", 0, length))?.[1]);
      if (!(kibibytes > 0)) throw new Error("no resident memory in /proc/self/status");
      return kibibytes * 1_024;
    };
    read();
    return read;
  } catch {
    return null;
  }
}
