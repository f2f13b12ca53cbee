/** What every server process of the bench answers its parent. */
import { type Profiler, Session } from "node:inspector/promises";
import { monitorEventLoopDelay } from "node:perf_hooks";

export type Ask = "count" | "memory" | "watch delay" | "delay" | "profile" | "profiled";

export interface Answer {
  /** Sessions that the server still knows, and what it has to write about those that it does not. */
  readonly count?: number;
  /** After a forced collection. */
  readonly memory?: { readonly heapBytes: number };
  /** The longest that the event loop was late since it was watched. */
  readonly delayMs?: number;
  /** Of the main thread, in the form of DevTools. */
  readonly profile?: Profiler.Profile;
}

export interface BenchServer {
  readonly port: number;
  /** Sessions, and ends that are not durable yet. */
  count(): number;
}

/** Milliseconds between two heartbeats, given by the parent. */
export const intervalMs = Number(process.env.BENCH_INTERVAL_MS ?? 10_000);
/** As long as by default, in proportion. */
export const pongTimeoutMs = Math.floor((intervalMs * 2) / 3);

/** Tells the parent the port, then answers what it asks until it goes. */
export function control({ port, count }: BenchServer): void {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  process.on("disconnect", () => process.exit(0));
  process.on("message", (ask: Ask) => void answer(ask).then((told) => process.send?.(told)));
  process.send?.({ port });

  async function answer(ask: Ask): Promise<Answer> {
    switch (ask) {
      case "count":
        return { count: count() };
      case "memory":
        return { memory: memory() };
      case "watch delay":
        delay.reset();
        delay.enable();
        return {};
      case "delay":
        delay.disable();
        return { delayMs: delay.max / 1e6 };
      case "profile":
        await startProfile();
        return {};
      case "profiled":
        return { profile: await profiled() };
    }
  }
}

const inspector = new Session();

async function startProfile(): Promise<void> {
  inspector.connect();
  await inspector.post("Profiler.enable");
  await inspector.post("Profiler.setSamplingInterval", { interval: 200 });
  await inspector.post("Profiler.start");
}

async function profiled(): Promise<Profiler.Profile> {
  const { profile } = await inspector.post("Profiler.stop");
  inspector.disconnect();
  return profile;
}

function memory() {
  for (let round = 0; round < 4; round += 1) (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return { heapBytes: heapUsed + external };
}
