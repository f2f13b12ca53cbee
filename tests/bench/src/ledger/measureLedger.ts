/** Measures a filled ledger in its own process, while live sessions are beating: `node measureLedger.ts <file>`; prints JSON. */
import { statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { openStore } from "../../../../apps/api/src/ledger/openStore.ts";
import { askedQueries, askInTurn, type Filter, type QueryFigures, queryOf } from "./askedQueries.ts";
import { openSessions } from "./livePopulation.ts";
import { startLiveServer } from "./liveServer.ts";
import { createSamples, FILLED_UNTIL_MS } from "./sampleSessions.ts";
import { type LoopDelay, loopDelay } from "./timings.ts";

const LIVE = 1_000;
const MASS = 20_000;
const ROUNDS = 100;
const LOOP_SECONDS = 30;
const WRITE_SECONDS = 10;
const SETTLE_MS = 6_000;
const IN_FLIGHT = 500;
const DAY_MS = 86_400_000;

export interface LedgerFigures {
  readonly sessions: number;
  readonly megabytes: number;
  readonly queries: readonly QueryFigures[];
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
const megabytes = statSync(file).size / 2 ** 20;
const store = await openStore({ file, retentionDays: 0, queueLimit: 50_000, durability: "process", bootVersion: "0.0.1", log });
const { ends, ledger } = store;
const server = await startLiveServer(store, file);
const whole = await ends.stats(queryOf({}));
const [newest] = (await ends.page(queryOf({ limit: 1 }))).rows;
if (newest === undefined) throw new Error("the ledger is empty");

/** Sessions opened and ended per second, while two filters are queried continuously. */
async function measureWrites(): Promise<number> {
  const untilMs = performance.now() + WRITE_SECONDS * 1_000;
  const running = () => performance.now() < untilMs;
  const sample = createSamples(10_000_000, FILLED_UNTIL_MS + DAY_MS, 6);
  let next = 9_000_000;
  let written = 0;
  const write = async () => {
    while (running()) {
      const { opened, ended } = sample(next++);
      await ledger.opened(opened);
      await ledger.ended(ended);
      written += 1;
    }
  };
  const ask = async (filter: Filter) => {
    while (running()) await ends.page(queryOf(filter));
  };
  await Promise.all([...Array.from({ length: IN_FLIGHT }, write), ask({ tier: ["heartbeat"] }), ask({ user: "user0" })]);
  return written / WRITE_SECONDS;
}

/** The mass end at a shutdown: every session, as `server_shutdown`. */
async function measureMassEnd(): Promise<number> {
  const startedMs = performance.now();
  await server.services.keeper.close();
  return performance.now() - startedMs;
}

async function during<Result>(work: () => Promise<Result>): Promise<[LoopDelay, Result]> {
  let result: Result | undefined;
  const delay = await loopDelay(async () => {
    result = await work();
  });
  return [delay, result as Result];
}

const say = (what: string) => process.stderr.write(`${what}\n`);

say(`${LIVE} clients connect`);
await server.connect(LIVE);
await sleep(SETTLE_MS);
say("without queries");
const quiet = await loopDelay(() => sleep(LOOP_SECONDS * 1_000));
say("with queries");
const ask = () => askInTurn(askedQueries(newest.sessionId), ends, { seconds: LOOP_SECONDS, rounds: ROUNDS });
const [asked, queries] = await during(ask);
say("writing");
const [writing, writesPerSecond] = await during(measureWrites);
say(`${MASS} sessions end`);
await openSessions(server.services.keeper, MASS - LIVE);
await sleep(SETTLE_MS);
const [massEnd, massEndMs] = await during(measureMassEnd);
const figures: LedgerFigures = {
  sessions: whole.total,
  megabytes,
  queries,
  quiet,
  asked,
  writesPerSecond,
  writing,
  massEndMs,
  massEnd,
};
await server.close();
process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0));
