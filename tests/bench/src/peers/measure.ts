/** One round of one server: its sessions open, stay, beat and vanish. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Contender } from "./contenders.ts";
import { type Fleet, SESSIONS_PER_PROCESS, startFleet } from "./fleet.ts";
import { difference, type ProcessorTime } from "./processorTime.ts";

/** Processor time per session or beat, microseconds. */
export interface Spent {
  readonly all: number;
  readonly main: number;
  readonly workers: number;
}

/** Bytes per session, after a forced collection. */
export interface Memory {
  readonly ownBytes: number;
  /** `null` for a server that cannot tell. */
  readonly heapBytes: number | null;
}

export interface Round extends Memory {
  readonly connect: Spent;
  readonly connectsPerSecond: number;
  readonly beat: Spent;
  readonly end: Spent;
  /** `null` for a server that cannot tell. */
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

/** Come and go before memory is measured. */
const FIRST_SESSIONS = 100;
/** Of the sessions, those that fall silent: one in so many. */
const MUTED_SHARE = 100;

export async function measureRound(contender: Contender, options: MeasureOptions): Promise<Round> {
  const memory = await withFleet(contender, options, (fleet) => measureMemory(fleet, options));
  const rest = await withFleet(contender, options, async (fleet) => {
    await warmUp(fleet, options.warmUp);
    return measure({ ...fleet, contender }, options);
  });
  return { ...memory, ...rest };
}

async function withFleet<T>(contender: Contender, options: MeasureOptions, work: (fleet: Fleet) => Promise<T>): Promise<T> {
  const fleet = await startFleet(contender, Math.ceil(options.sessions / SESSIONS_PER_PROCESS), options);
  try {
    return await work(fleet);
  } finally {
    await fleet.client.stop();
    await fleet.server.stop();
  }
}

/** In a server that had hardly any sessions before, whose memory these would be given again. */
async function measureMemory({ server, client }: Fleet, { sessions }: MeasureOptions): Promise<Memory> {
  await warmUp({ server, client }, FIRST_SESSIONS);
  const before = await server.memory();
  await client.open(sessions);
  const after = await server.memory();
  const heapBytes = after.heapBytes === null ? null : (after.heapBytes - (before.heapBytes ?? 0)) / sessions;
  return { ownBytes: (after.ownBytes - before.ownBytes) / sessions, heapBytes };
}

async function warmUp({ server, client }: Fleet, sessions: number): Promise<void> {
  await client.open(sessions);
  await client.vanish();
  await server.settled();
}

interface Running extends Fleet {
  readonly contender: Contender;
}

async function measure({ server, client, contender }: Running, options: MeasureOptions): Promise<Omit<Round, keyof Memory>> {
  const { sessions, intervalMs } = options;
  const connected = await measureConnects({ server, client }, sessions);
  if (contender.drives === true) await client.drive(intervalMs);
  const beat = await measureBeats({ server, client, contender }, options);
  const { silenceMs, falseEnds } = options.detects ? await detect({ server, client, contender }, options) : quietRound;
  const left = (await client.report()).live;
  const end = await measureEnds({ server, client }, left);
  return { ...connected, beat, ...end, falseEnds, silenceMs };
}

async function measureConnects({ server, client }: Fleet, sessions: number) {
  const before = server.processorTime();
  const { ms } = await client.open(sessions);
  // What the welcome did not wait for.
  await sleep(100);
  const connect = perUnit(difference(server.processorTime(), before), sessions);
  return { connect, connectsPerSecond: (sessions * 1_000) / ms };
}

const quietRound = { silenceMs: null, falseEnds: 0 } as const;

/** From one interval after the sessions were opened, when each beats in its turn, for one interval. */
async function measureBeats({ server, client }: Running, { intervalMs }: MeasureOptions): Promise<Spent> {
  await sleep(intervalMs * 1.2);
  const beatsBefore = (await client.report()).beats;
  const before = server.processorTime();
  await sleep(intervalMs);
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
