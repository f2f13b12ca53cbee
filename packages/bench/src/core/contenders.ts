/** Three ways to keep sessions alive: Lastbeat's keeper, one `setInterval` each, and one asynchronous loop each. */
import { setTimeout as sleep } from "node:timers/promises";
import { createSessionKeeper, type Ledger } from "@lastbeat/core";
import type { BenchClients, BenchSocket } from "./clients.ts";

export interface Contender {
  /** Longest time one turn of its timer held the event loop, if it knows. Milliseconds. */
  longestTickMs(): number | null;
}

export interface Field {
  readonly sessions: number;
  readonly intervalMs: number;
  readonly clients: BenchClients;
  readonly sockets: BenchSocket[];
}

const MISSES = 3;

/** A ledger that keeps nothing: what the others do not do either. */
const forgetful: Ledger = {
  opened: async () => {},
  ended: async () => {},
  event() {},
  health: () => ({ accepting: true }),
  close: async () => {},
};

interface Linked extends BenchSocket {
  connection?: { received(bytes: number): boolean };
}

async function keeper({ sessions, intervalMs, clients, sockets }: Field): Promise<Contender> {
  const made = createSessionKeeper({
    ledger: forgetful,
    settings: {
      maxSessions: 1_000_000,
      maxOpening: 1_000_000,
      heartbeatIntervalMs: intervalMs,
      heartbeatPongTimeoutMs: Math.min(20_000, intervalMs),
      sessionTimeoutMs: 86_400_000,
      sweepIntervalMs: 30_000,
    },
  });
  const peer = { address: "192.0.2.1", client: "bench", transport: "bench" };
  clients.onAnswer = (socket) => (socket as Linked).connection?.received(4);
  for (let index = 0; index < sessions; index += 1) {
    const socket = sockets[index] as Linked;
    const connection = made.accept(socket, peer);
    if (connection === null) throw new Error("refused");
    socket.connection = connection;
    const hello = connection.hello({ user: "ada" });
    if (index % 1_000 === 0) await hello;
  }
  return { longestTickMs: () => made.stats().longestTickMs };
}

interface Alive extends BenchSocket {
  alive?: boolean;
}

async function setIntervalEach({ sessions, intervalMs, clients, sockets }: Field): Promise<Contender> {
  clients.onAnswer = (socket) => {
    (socket as Alive).alive = true;
  };
  for (let index = 0; index < sessions; index += 1) {
    const socket = sockets[index] as Alive;
    socket.alive = true;
    let misses = 0;
    const beat = () => {
      misses = socket.alive ? 0 : misses + 1;
      if (misses >= MISSES) return clearInterval(timer);
      socket.alive = false;
      socket.heartbeat();
    };
    // Started over the whole interval, so that this contender does not beat in one burst either.
    let timer = setTimeout(() => {
      beat();
      timer = setInterval(beat, intervalMs);
    }, Math.random() * intervalMs);
  }
  return { longestTickMs: () => null };
}

async function asyncLoopEach({ sessions, intervalMs, clients, sockets }: Field): Promise<Contender> {
  clients.onAnswer = (socket) => {
    (socket as Alive).alive = true;
  };
  const loop = async (socket: Alive) => {
    socket.alive = true;
    await sleep(Math.random() * intervalMs);
    for (let misses = 0; misses < MISSES; ) {
      socket.alive = false;
      socket.heartbeat();
      await sleep(intervalMs);
      misses = socket.alive ? 0 : misses + 1;
    }
  };
  for (let index = 0; index < sessions; index += 1) void loop(sockets[index] as Alive);
  return { longestTickMs: () => null };
}

export const contenders = { lastbeat: keeper, "setInterval each": setIntervalEach, "async loop each": asyncLoopEach } as const;
export type ContenderName = keyof typeof contenders;
