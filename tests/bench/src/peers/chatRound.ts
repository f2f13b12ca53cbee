/** One round of the chat bench with one server. */
import { setTimeout as sleep } from "node:timers/promises";
import { BenchClient, type Chatted } from "./benchClient.ts";
import { type BenchServer, startServer } from "./benchServer.ts";
import type { Contender } from "./contenders.ts";
import { difference, type ProcessorTime } from "./processorTime.ts";

export interface ChatOptions {
  /** Members of the large room. */
  readonly receivers: number;
  /** How long each part is measured. */
  readonly seconds: number;
}

export interface ChatPart {
  readonly perSecond: number;
  /** Per delivery, microseconds. */
  readonly spent: ProcessorTime;
  readonly missed: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

export interface ChatRound {
  /** Of all joins together, nanoseconds. */
  readonly join: ProcessorTime;
  /** One sender as fast as it goes. */
  readonly fast: ChatPart;
  /** Rooms at a steady rate. */
  readonly rooms: ChatPart;
}

const INTERVAL_MS = 30_000;
/** Messages of the fast sender that are under way. */
const WINDOW = 32;
const ROOM_SIZE = 100;
const ROOMS = 4;
const PER_SECOND = 50;
/** What a server still does about its rooms after the last answer. */
const AFTER_JOINS_MS = 2_500;
/** So that what the server does often is compiled. */
const WARM_UP_MS = 3_000;

interface Pair {
  readonly server: BenchServer;
  readonly client: BenchClient;
}

export async function measureChat(contender: Contender, options: ChatOptions): Promise<ChatRound> {
  const server = await startServer(contender, { intervalMs: INTERVAL_MS });
  const client = await BenchClient.start(contender, server.port);
  try {
    await warmUp({ server, client }, options);
    return await measure({ server, client }, options);
  } finally {
    await client.stop();
    await server.stop();
  }
}

async function warmUp({ server, client }: Pair, { receivers }: ChatOptions): Promise<void> {
  await client.open(receivers);
  await client.join(receivers);
  await client.chatFast(WINDOW, WARM_UP_MS);
  await client.join(ROOM_SIZE);
  await client.chatAtRate(PER_SECOND, WARM_UP_MS);
  await client.vanish();
  await server.settled();
}

async function measure({ server, client }: Pair, { receivers, seconds }: ChatOptions): Promise<ChatRound> {
  await client.open(receivers);
  await sleep(AFTER_JOINS_MS);
  const before = server.processorTime();
  await client.join(receivers);
  await sleep(AFTER_JOINS_MS);
  const join = difference(server.processorTime(), before);
  const fast = await part(server, () => client.chatFast(WINDOW, seconds * 1_000));
  await client.vanish();
  await server.settled();
  await client.open(ROOM_SIZE * ROOMS);
  await client.join(ROOM_SIZE);
  await sleep(AFTER_JOINS_MS);
  const rooms = await part(server, () => client.chatAtRate(PER_SECOND, seconds * 1_000));
  return { join, fast, rooms };
}

async function part(server: BenchServer, chat: () => Promise<Chatted>): Promise<ChatPart> {
  const before = server.processorTime();
  const { deliveries, missed, ms, medianMs, p99Ms } = await chat();
  const { all, main, workers } = difference(server.processorTime(), before);
  const each = (spentNs: number) => spentNs / 1e3 / deliveries;
  const spent = { all: each(all), main: each(main), workers: each(workers) };
  return { perSecond: (deliveries / ms) * 1e3, spent, missed, medianMs, p99Ms };
}
