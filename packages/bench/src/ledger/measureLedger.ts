/** Measures a filled ledger in a process of its own, with live sessions beating: `node measureLedger.ts <file>`; prints JSON. */
import { rmSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { cleanupQuerySchema } from "../../../../apps/api/src/contract/cleanupQuery.ts";
import { openStore } from "../../../../apps/api/src/store/openStore.ts";
import { createPopulation } from "./livePopulation.ts";
import { createSamples } from "./sampleSessions.ts";
import { type LoopDelay, loopDelay, type Timings, timed } from "./timings.ts";

const LIVE = 1_000;
const MASS = 20_000;
const ROUNDS = 100;
const SECONDS = 10;
const IN_FLIGHT = 500;
const DAY_MS = 86_400_000;

export interface LedgerFigures {
  readonly sessions: number;
  readonly megabytes: number;
  readonly queries: readonly { readonly name: string; readonly timings: Timings }[];
  readonly quiet: LoopDelay;
  readonly asked: LoopDelay;
  readonly writesPerSecond: number;
  readonly writing: LoopDelay;
  readonly massEndMs: number;
  readonly massEnd: LoopDelay;
}

const [file = ""] = process.argv.slice(2);
const silent = () => {};
const log = { debugEnabled: () => false, debug: silent, info: silent, warn: silent, error: silent };
const store = await openStore({ file, retentionDays: 0, queueLimit: 50_000, durability: "process", bootVersion: "0.0.1", log });
const population = createPopulation(store);
const whole = await store.cleanups.stats(cleanupQuerySchema.parse({}));
const newest = (await store.cleanups.page(cleanupQuerySchema.parse({ limit: 1 }))).rows[0];
if (newest === undefined) throw new Error("the ledger is empty");
const nowMs = newest.detectedAtMs + 1;

const asked: readonly (readonly [name: string, filter: object])[] = [
  ["newest page, no filter", {}],
  ["by time (one day a month ago)", { fromMs: nowMs - 30 * DAY_MS, toMs: nowMs - 29 * DAY_MS }],
  ["by tier (common)", { tier: ["socket"] }],
  ["by tier (rare)", { tier: ["memory"] }],
  ["by reason", { reason: ["unresponsive"] }],
  ["by initiator", { initiator: ["network"] }],
  ["by user (busy)", { user: "user0" }],
  ["by user", { user: "user31000" }],
  ["by address", { address: "10.5000.1" }],
  ["by session", { session: newest.sessionId }],
  ["by reason, slowest detection", { reason: ["unresponsive"], sort: "slowest_detection" }],
];
const texts: readonly (readonly [name: string, filter: object])[] = [
  ["text search, a word in every end", { text: "firefox" }],
  ["text search, a rare word", { text: "user31000" }],
  ["text search, two common words", { text: "frozen room7" }],
];

async function measureQueries() {
  const queries: { name: string; timings: Timings }[] = [];
  const { cleanups } = store;
  for (const [name, filter] of asked)
    queries.push({ name, timings: await timed(ROUNDS, () => cleanups.page(cleanupQuerySchema.parse(filter))) });
  const month = cleanupQuerySchema.parse({ fromMs: nowMs - 30 * DAY_MS });
  queries.push({ name: "statistics over 30 days", timings: await timed(ROUNDS, () => cleanups.stats(month)) });
  for (const [name, filter] of texts)
    queries.push({ name, timings: await timed(ROUNDS / 5, () => cleanups.page(cleanupQuerySchema.parse(filter))) });
  return queries;
}

/** Sessions opened and ended a second, while two filters are asked for without a break. */
async function measureWrites(): Promise<number> {
  const untilMs = performance.now() + SECONDS * 1_000;
  const running = () => performance.now() < untilMs;
  const sample = createSamples(10_000_000, nowMs + DAY_MS, Date.now());
  let next = 9_000_000;
  let written = 0;
  const write = async () => {
    while (running()) {
      const { opened, ended } = sample(next++);
      await store.ledger.opened(opened);
      await store.ledger.ended(ended);
      written += 1;
    }
  };
  const ask = async (filter: object) => {
    while (running()) await store.cleanups.page(cleanupQuerySchema.parse(filter));
  };
  await Promise.all([...Array.from({ length: IN_FLIGHT }, write), ask({ tier: ["heartbeat"] }), ask({ user: "user0" })]);
  return written / SECONDS;
}

/** The mass end of a stop: every session, as `server_shutdown`. */
async function measureMassEnd(): Promise<number> {
  const startedMs = performance.now();
  await population.keeper.close();
  return performance.now() - startedMs;
}

async function after<Result>(work: () => Promise<Result>): Promise<[LoopDelay, Result]> {
  let result: Result | undefined;
  const delay = await loopDelay(async () => {
    result = await work();
  });
  return [delay, result as Result];
}

await population.open(LIVE);
await sleep(3_000);
const quiet = await loopDelay(() => sleep(SECONDS * 1_000));
const [askedDelay, queries] = await after(measureQueries);
const [writing, writesPerSecond] = await after(measureWrites);
await population.open(MASS - LIVE);
await sleep(3_000);
const [massEnd, massEndMs] = await after(measureMassEnd);
const figures: LedgerFigures = {
  ...{ sessions: whole.total, megabytes: statSync(file).size / 2 ** 20, queries, quiet, asked: askedDelay },
  ...{ writesPerSecond, writing, massEndMs, massEnd },
};
await store.close();
rmSync(`${file}.lock`, { force: true });
process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0));
