/**
 * How late the event loop is and how busy. The delays are those of the last minute, whole, for every scraper: a histogram that each scrape
 * resets would hide from one scraper what another has taken.
 */
import { constants, type IntervalHistogram, monitorEventLoopDelay, PerformanceObserver, performance } from "node:perf_hooks";
import { Distribution } from "./distribution.ts";

/** Between two looks at the loop. It wakes the process no oftener than the keeper's own tick needs. */
const RESOLUTION_MS = 20;
const WINDOW_MS = 15_000;
const WINDOWS = 4;
const GC_EDGES = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1];

const gcKinds: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: "major",
  [constants.NODE_PERFORMANCE_GC_MINOR]: "minor",
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: "incremental",
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: "weakcb",
};

/** Node's types omit the detail. */
type GcEntry = { readonly duration: number; readonly detail: { readonly kind: number } };

/** Seconds beyond the time at which the loop should have been there. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export class EventLoop {
  readonly gc: ReadonlyMap<string, Distribution> = new Map(
    Object.values(gcKinds).map((kind) => [kind, new Distribution(GC_EDGES)]),
  );
  readonly #monitor: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #observer: PerformanceObserver;
  readonly #timer: NodeJS.Timeout;
  readonly #startUtilization = performance.eventLoopUtilization();
  /** The last whole windows, oldest first. */
  #windows: LoopDelay[] = [];

  constructor() {
    this.#monitor.enable();
    this.#timer = setInterval(() => this.#nextWindow(), WINDOW_MS).unref();
    this.#observer = new PerformanceObserver((list) => {
      for (const { detail, duration } of list.getEntries() as unknown as readonly GcEntry[])
        this.gc.get(gcKinds[detail.kind] ?? "")?.observe(duration / 1_000);
    });
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  /** The worst of the windows of the last minute. */
  delay(): LoopDelay {
    const windows = [...this.#windows, this.#window()];
    const worst = (key: keyof LoopDelay) => Math.max(...windows.map((window) => window[key]));
    return { p50: worst("p50"), p99: worst("p99"), max: worst("max") };
  }

  /** Seconds for which the loop was busy since the start. */
  busySeconds(): number {
    return performance.eventLoopUtilization(this.#startUtilization).active / 1_000;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#monitor.disable();
    this.#observer.disconnect();
  }

  #nextWindow(): void {
    this.#windows = [...this.#windows, this.#window()].slice(1 - WINDOWS);
    this.#monitor.reset();
  }

  #window(): LoopDelay {
    const { count, max } = this.#monitor;
    if (count === 0) return { p50: 0, p99: 0, max: 0 };
    // The monitor reports the time between two looks, which includes the resolution.
    const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1_000);
    return { p50: late(this.#monitor.percentile(50)), p99: late(this.#monitor.percentile(99)), max: late(max) };
  }
}
