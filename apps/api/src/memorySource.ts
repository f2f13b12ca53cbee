/** How much memory the process uses, and how much it may use. */
import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";
import type { MemorySource } from "@lastbeat/core";

/** Files that hold a container's limit, version 2 of control groups before version 1. */
const limitFiles = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

/** The limit that a control group sets, out of the file's text; `null` for none. */
export function cgroupLimit(text: string, totalBytes: number): number | null {
  const bytes = Number(text.trim());
  // "max" says that there is no limit, as does version 1's number near 2^63.
  return Number.isFinite(bytes) && bytes > 0 && bytes < totalBytes ? bytes : null;
}

/** The process's memory. The limit is read once: a container's does not change while it runs. */
export function processMemory(files: readonly string[] = limitFiles): MemorySource {
  const total = totalmem();
  const residentLimitBytes = files.map((file) => cgroupLimit(read(file), total)).find((limit) => limit !== null) ?? total;
  return {
    sample() {
      const heap = getHeapStatistics();
      return {
        residentBytes: process.memoryUsage.rss(),
        residentLimitBytes,
        heapUsedBytes: heap.used_heap_size,
        heapLimitBytes: heap.heap_size_limit,
      };
    },
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
