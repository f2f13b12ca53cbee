/**
 * Metrics of the process, under the names that Prometheus' client libraries share. prom-client's own are not used: some list every handle
 * or file descriptor, which with thousands of connections takes milliseconds per scrape, and its event-loop figures start anew with each
 * scrape.
 */
import { statSync } from "node:fs";
import { getHeapStatistics } from "node:v8";
import { version } from "../../version.ts";
import { byLabel, counter, type Family, gauge, histogram } from "../family.ts";
import type { Watched } from "../watched.ts";

export function processFamilies({ eventLoop, memory, startedAtMs }: Watched): Family[] {
  const build = { version, node: process.versions.node, platform: `${process.platform}-${process.arch}` };
  return [
    gauge("lastbeat_build_info", "1, labelled with what runs.", () => [{ labels: build, value: 1 }]),
    gauge("lastbeat_event_loop_delay_seconds", "How late the event loop was, in the worst 15 s of the last minute.", () => {
      const { p50, p99, max } = eventLoop.delay();
      return byLabel("statistic", { p50, p99, max });
    }),
    counter("lastbeat_event_loop_busy_seconds_total", "Seconds for which the event loop was busy.", () =>
      eventLoop.busySeconds(),
    ),
    histogram("nodejs_gc_duration_seconds", "Time per garbage collection, by kind.", () =>
      [...eventLoop.gc].map(([kind, distribution]) => ({ labels: { kind }, distribution })),
    ),
    gauge("nodejs_heap_size_used_bytes", "Heap in use.", () => getHeapStatistics().used_heap_size),
    gauge("nodejs_heap_size_total_bytes", "Heap reserved.", () => getHeapStatistics().total_heap_size),
    gauge("process_resident_memory_bytes", "Resident memory.", () => memory.sample().residentBytes),
    gauge("process_start_time_seconds", "When the server started, Unix time.", () => startedAtMs / 1_000),
    counter("process_cpu_seconds_total", "Processor time of all threads.", () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    }),
    gauge("process_open_fds", "Open file descriptors (Linux 6.2 and later).", openDescriptors),
  ];
}

/** Since 6.2 the kernel tells the number as the folder's size, without a list. */
function openDescriptors() {
  const size = statSync("/proc/self/fd", { throwIfNoEntry: false })?.size ?? 0;
  return size > 0 ? [{ labels: {}, value: size }] : [];
}
