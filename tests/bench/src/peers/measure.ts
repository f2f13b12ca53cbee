/** One round of one server: its sessions open, stay, beat and vanish. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Contender } from "./contenders.ts";
import { type Fleet, SESSIONS_PER_PROCESS, startFleet } from "./fleet.ts";
import { difference, type ProcessorTime, sum } from "./processorTime.ts";

/** Processor time per session or beat, microseconds. */
export interface Spent {
  readonly all: number;
  readonly main: number;
  readonly workers: number;
}

export interface Round {
  readonly connect: Spent;
  readonly connectsPerSecond: number;
  /** After a forced collection, bytes per session. */
  readonly ownBytes: number;
  readonly heapBytes: number | null;
  readonly beat: Spent;
  /** `null` for a server that cannot tell. */
  readonly end: Spent;
  readonly endDelayMs: number | null;
  /** From the moment they vanish until no session is left and every end is durable. */
  readonly allEndedMs: number;
  readonly falseEnds: number;
  readonly silenceMs: readonly [least: number, median: number, most: number] | null;
}

export interface MeasureOptions {
  readonly sessions: number;
  readonly intervalMs: number;
  readonly nodeOptions?: readonly string[];
  /** Sessions that come and go before anything is measured, so that what the server does often is compiled. */
  readonly warmUp: number;
  /** Whether some sessions fall silent first, to see when they are found. */
  readonly detects: boolean;
}

/** Of the sessions, those that fall silent: one in so many. */
const MUTED_SHARE = 100;

export async function measureRound(contender: Contender, options: MeasureOptions): Promise<Round> {
  const processes = Math.ceil(options.sessions / SESSIONS_PER_PROCESS);
  const { server, client } = await startFleet(contender, processes, options);
  try {
    await warmUp({ server, client }, options.warmUp);
    return await measure({ server, client, contender }, options);
  } finally {
    await client.stop();
    await server.stop();
  }
}

async function warmUp({ server, client }: Fleet, sessions: number): Promise<void> {
  await client.open(sessions);
  await client.vanish();
  await server.settled();
}

interface Running extends Fleet {
  readonly contender: Contender;
}

async function measure({ server, client, contender }: Running, options: MeasureOptions): Promise<Round> {
  const { sessions, intervalMs } = options;
  const first = await openHalf({ server, client, contender }, sessions);
  const second = await openHalf({ server, client, contender }, sessions);
  if (contender.drives === true) await client.drive(intervalMs);
  const beat = await measureBeats({ server, client, contender }, options);
  const { silenceMs, falseEnds } = options.detects ? await detect({ server, client, contender }, options) : quietRound;
  const left = (await client.report()).live;
  const end = await measureEnds({ server, client }, left);
  return {
    connect: perUnit(sum(first.spent, second.spent), 2 * half(sessions)),
    connectsPerSecond: (2_000 * half(sessions)) / (first.ms + second.ms),
    // What the second half added: what is there once for all is in both, and so is what the first sessions let the server compile.
    ownBytes: (second.memory.ownBytes - first.memory.ownBytes) / half(sessions),
    heapBytes:
      second.memory.heapBytes === null ? null : (second.memory.heapBytes - (first.memory.heapBytes ?? 0)) / half(sessions),
    beat,
    ...end,
    falseEnds,
    silenceMs,
  };
}

const half = (sessions: number) => Math.floor(sessions / 2);

async function openHalf({ server, client }: Running, sessions: number) {
  const before = server.processorTime();
  const { ms } = await client.open(half(sessions));
  // What the welcome did not wait for.
  await sleep(100);
  const spent = difference(server.processorTime(), before);
  return { ms, spent, memory: await server.memory() };
}

const quietRound = { silenceMs: null, falseEnds: 0 } as const;

/** From one interval after the sessions were opened, when each beats in its turn, for two intervals. */
async function measureBeats({ server, client }: Running, { intervalMs }: MeasureOptions): Promise<Spent> {
  await sleep(intervalMs * 1.2);
  const beatsBefore = (await client.report()).beats;
  const before = server.processorTime();
  await sleep(intervalMs * 2);
  const spent = difference(server.processorTime(), before);
  const beats = (await client.report()).beats - beatsBefore;
  if (beats === 0) throw new Error("there were no heartbeats to measure");
  return perUnit(spent, beats);
}

async function detect({ client, contender }: Running, { sessions, intervalMs }: MeasureOptions) {
  const muted = Math.max(1, Math.floor(sessions / MUTED_SHARE));
  await client.mute(muted);
  const deadline = performance.now() + intervalMs * ((contender.boundIntervals ?? 3) + 3) + 25_000;
  for (;;) {
    const { found, silenceMs, lost } = await client.report();
    if (found >= muted || performance.now() > deadline) return { silenceMs: silenceMs ?? null, falseEnds: lost };
    await sleep(500);
  }
}

async function measureEnds({ server, client }: Fleet, sessions: number) {
  await sleep(200);
  const before = server.processorTime();
  let allEndedMs = 0;
  const endDelayMs = await server.delayDuring(async () => {
    const startedMs = performance.now();
    await client.vanish();
    await emptied(server);
    allEndedMs = performance.now() - startedMs;
    await server.settled();
  });
  return { end: perUnit(difference(server.processorTime(), before), sessions), endDelayMs, allEndedMs };
}

/** Asked seldom, because each answer costs the server something. */
async function emptied(server: Fleet["server"]): Promise<void> {
  while (((await server.count()) ?? 0) > 0) await sleep(20);
}

function perUnit(spent: ProcessorTime, units: number): Spent {
  const of = (ns: number) => ns / 1_000 / units;
  return { all: of(spent.all), main: of(spent.main), workers: of(spent.workers) };
}
