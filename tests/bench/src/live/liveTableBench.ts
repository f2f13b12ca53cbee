/**
 * `npm run bench -w tests/bench -- live [--sessions N] [--seconds N]`: measures an operator's live table over many sessions.
 * The clients answer heartbeats in-process. The page is a window as the admin page opens it; its updates are measured as JSON.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createSessionKeeper, type SessionKeeper } from "@lastbeat/core";
import {
  type LiveWindowQuery,
  type LiveWindowUpdate,
  liveColumns,
  liveWindowInput,
} from "../../../../apps/api/src/contract/liveWindow.ts";
import { LiveWindows } from "../../../../apps/api/src/live/liveWindows.ts";
import { openVariedSessions } from "./variedSessions.ts";

const ROWS = 42;
/** Pause between two requests; without it, the server's rate limit between answers would be measured. */
const BETWEEN_QUESTIONS_MS = 100;

/** A page with one window; records the updates sent to it. */
class BenchPage {
  readonly bufferedBytes = 0;
  readonly #windows: LiveWindows;
  readonly #id: number;
  #ask = 0;
  #query: LiveWindowQuery;
  #answered = Promise.withResolvers<LiveWindowUpdate>();
  bytes = 0;

  constructor(windows: LiveWindows, query: LiveWindowQuery) {
    this.#windows = windows;
    this.#query = query;
    this.#id = windows.open(this, query, (update) => {
      this.bytes += JSON.stringify(update).length;
      if (update.ask === this.#ask) this.#answered.resolve(update);
    });
  }

  get first(): Promise<LiveWindowUpdate> {
    return this.#answered.promise;
  }

  /** The latency of an answer, and its CPU time. */
  async ask(change: Partial<LiveWindowQuery>): Promise<string> {
    this.#query = { ...this.#query, ...change };
    this.#ask += 1;
    this.#answered = Promise.withResolvers();
    await sleep(BETWEEN_QUESTIONS_MS);
    const [before, beganMs] = [process.cpuUsage(), performance.now()];
    this.#windows.look(this, this.#id, { query: this.#query, ask: this.#ask });
    await this.#answered.promise;
    const { user, system } = process.cpuUsage(before);
    return `${(performance.now() - beganMs).toFixed(0)} ms (CPU ${((user + system) / 1_000).toFixed(0)})`;
  }
}

/** The share of a core that the process used during `seconds`, and the delay of its event loop. */
async function watched(seconds: number): Promise<{ share: number; longestMs: number; p99Ms: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const [before, beganMs] = [process.cpuUsage(), performance.now()];
  await sleep(seconds * 1_000);
  const { user, system } = process.cpuUsage(before);
  delay.disable();
  const elapsedMs = performance.now() - beganMs;
  return { share: (user + system) / 1_000 / elapsedMs, longestMs: delay.max / 1e6, p99Ms: delay.percentile(99) / 1e6 };
}

const say = (line: string) => process.stdout.write(`${line}\n`);
const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

export async function liveTableBench(args: string[]): Promise<void> {
  const options = { sessions: { type: "string", default: "50000" }, seconds: { type: "string", default: "20" } } as const;
  const { values } = parseArgs({ args, options });
  const [count, seconds] = [Number(values.sessions), Number(values.seconds)];
  const settings = { maxSessions: count + 1, maxOpening: count + 1, sessionTimeoutMs: 86_400_000 };
  const keeper = createSessionKeeper({ settings });
  await openVariedSessions(keeper, count);
  say(`${count} sessions, a heartbeat each per ${keeper.settings.heartbeatIntervalMs / 1_000} s; a window of ${ROWS} rows`);
  const idle = await watched(seconds);
  say(
    `without a page: ${percent(idle.share)} of a core, loop delay p99 ${idle.p99Ms.toFixed(1)} ms, longest ${idle.longestMs.toFixed(1)} ms`,
  );
  await measure(keeper, { seconds, idleShare: idle.share });
  process.exit(0);
}

async function measure(keeper: SessionKeeper, { seconds, idleShare }: { seconds: number; idleShare: number }): Promise<void> {
  const silent = () => {};
  const windows = new LiveWindows({ keeper, log: { debug: silent, info: silent, warn: silent, error: say } });
  const beganMs = performance.now();
  const page = new BenchPage(windows, liveWindowInput.parse({ size: ROWS }));
  await page.first;
  say(`first answer: ${(performance.now() - beganMs).toFixed(0)} ms`);
  for (const sort of liveColumns) {
    const first = await page.ask({ sort, order: "desc" });
    const turned = await page.ask({ order: "asc" });
    const middle = await page.ask({ offset: 25_000 });
    await page.ask({ offset: 0 });
    say(`by ${sort}: ${first}, reversed ${turned}, scrolled to the middle ${middle}`);
  }
  for (const search of ["u", "user 4999", "firefox", "nobody at all"]) {
    say(`search for "${search}": ${await page.ask({ search })}`);
  }
  say(`by state: ${await page.ask({ search: undefined, state: ["suspect"] })}`);
  say(`with every row held in place: ${await page.ask({ state: undefined, hold: 1 })}`);
  for (const query of [
    { sort: "age" },
    { sort: "user", search: "user" },
    { sort: "last_seen" },
    { sort: "age", hold: 2 },
  ] as const) {
    await page.ask({ search: undefined, hold: 0, ...query });
    await sleep(2_000);
    const before = page.bytes;
    const { share, longestMs, p99Ms } = await watched(seconds);
    const sent = `${((page.bytes - before) / seconds / 1_000).toFixed(1)} KB/s`;
    const cost = `${percent(share - idleShare)} of a core above idle`;
    say(
      `watching ${JSON.stringify(query)}: ${sent}, ${cost}, loop delay p99 ${p99Ms.toFixed(1)} ms, longest ${longestMs.toFixed(1)} ms`,
    );
  }
}
