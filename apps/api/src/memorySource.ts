/** How much memory the process uses, and how much it may use. */
import { openSync, readSync } from "node:fs";
import { totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";
import type { MemorySource } from "@lastbeat/core";
import { containerLimit } from "./containerLimit.ts";

/** The process's memory. The limit is read once: a container's does not change while it runs. */
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
 * Reads resident memory. `process.memoryUsage.rss()` opens a file each time, which fails when the process is out of
 * descriptors; here the file stays open. Where it cannot be read, the last figure stands.
 */
function residentMemory(): () => number {
  const read = readerOfStatus() ?? process.memoryUsage.rss;
  let last = read();
  return () => {
    try {
      last = read();
    } catch {
      // Told by those who need the descriptors; a sample that is a second old is good enough.
    }
    return last;
  };
}

function readerOfStatus(): (() => number) | null {
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
