/** A mass end in a process of its own: `node measureMassEnd.ts <file> <sessions> [webhook's URL]`; prints JSON. */
import { setTimeout as sleep } from "node:timers/promises";
import { loadConfig } from "../../../../apps/api/src/config.ts";
import { openStore } from "../../../../apps/api/src/ledger/openStore.ts";
import { openSessions } from "../ledger/livePopulation.ts";
import { startLiveServer } from "../ledger/liveServer.ts";
import { type LoopDelay, loopDelay } from "../ledger/timings.ts";

/** How long deliveries are watched once all ends are durable. */
const WATCHED_MS = 15_000;
const SAMPLE_MS = 20;
const SETTLE_MS = 3_000;

export interface MassEndFigures {
  /** From the first end to the last that is durable. */
  readonly durableMs: number;
  readonly ending: LoopDelay;
  /** While deliveries go on, once all ends are durable. */
  readonly delivering: LoopDelay;
  /** Until all are delivered; `null` if they were not while they were watched. */
  readonly deliveredMs: number | null;
  readonly delivered: number;
  readonly failed: number;
  readonly residentBefore: number;
  readonly residentMost: number;
  /** What stopping took after that. */
  readonly stopMs: number;
}

const [file = "", count = "", url] = process.argv.slice(2);
const sessions = Number(count);
const silent = () => {};
const log = { debugEnabled: () => false, debug: silent, info: silent, warn: silent, error: silent };
const env = {
  LASTBEAT_WEBHOOKS: JSON.stringify(url === undefined ? [] : [{ name: "bench", url, secret: "the secret of the benchmark" }]),
};
const { webhooks } = loadConfig({ env });
const limits = { queueLimit: 50_000, retentionDays: 0, durability: "process", bootVersion: "0.0.1" } as const;
const store = await openStore({ ...limits, file, webhooks, log });
const server = await startLiveServer(store, file, env);
const { keeper, webhooks: telling } = server.services;
const progress = () => telling.stats()[0] ?? { delivered: 0, failed: 0 };

await openSessions(keeper, sessions);
await sleep(SETTLE_MS);
const residentBefore = process.memoryUsage.rss();
let residentMost = residentBefore;
const sampling = setInterval(() => {
  residentMost = Math.max(residentMost, process.memoryUsage.rss());
}, SAMPLE_MS);

const startedMs = performance.now();
const ending = await loopDelay(() => keeper.close());
const durableMs = performance.now() - startedMs;
let deliveredMs: number | null = null;
const delivering = await loopDelay(async () => {
  const untilMs = performance.now() + WATCHED_MS;
  while (performance.now() < untilMs && deliveredMs === null) {
    await sleep(SAMPLE_MS);
    if (progress().delivered >= sessions) deliveredMs = performance.now() - startedMs;
  }
});
clearInterval(sampling);
const { delivered, failed } = progress();
const stoppingMs = performance.now();
await server.close();
const stopMs = performance.now() - stoppingMs;
const times = { durableMs, ending, delivering, deliveredMs, stopMs };
const figures: MassEndFigures = { ...times, delivered, failed, residentBefore, residentMost };
process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0));
