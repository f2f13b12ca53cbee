/**
 * The contenders. Three ways to keep sessions alive: Lastbeat's keeper, a `setInterval` per session, and an asynchronous loop per
 * session. And baselines: the beats alone, a registry that only stores its sessions, and an idle process.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, createSessionKeeper, type Ledger, systemClock } from "@lastbeat/core";
import type { BenchClients, BenchSocket } from "./clients.ts";

export interface Contender {
  /** The most CPU time that one run of its timer took since the last call, if known. Milliseconds. */
  longestTickMs(): number | null;
}

export interface Field {
  readonly sessions: number;
  readonly intervalMs: number;
  readonly clients: BenchClients;
  readonly sockets: BenchSocket[];
}

const MISSES = 3;

/** A ledger that stores nothing, because the other contenders store nothing either. */
const forgetful: Ledger = {
  opened: async () => {},
  ended: async () => {},
  event() {},
  health: () => ({ accepting: true }),
  close: async () => {},
};

async function keeper({ sessions, intervalMs, clients, sockets }: Field): Promise<Contender> {
  const clock = new TimedClock();
  const made = createSessionKeeper({
    clock,
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
  const peer = { address: "127.0.0.1", client: "bench", transport: "bench" };
  clients.onAnswer = (socket) => socket.connection?.received(4);
  for (let index = 0; index < sessions; index += 1) {
    const socket = sockets[index] as BenchSocket;
    const connection = made.accept(socket, peer);
    if (connection === null) throw new Error("refused");
    socket.connection = connection;
    const hello = connection.hello({ user: "ada" });
    if (index % 1_000 === 0) await hello;
  }
  return clock;
}

/** The system clock, measuring each callback in CPU time, which other processes do not affect. */
class TimedClock implements Clock, Contender {
  #longestMs = 0;
  readonly monotonicMs = systemClock.monotonicMs;
  readonly wallMs = systemClock.wallMs;

  every(periodMs: number, callback: () => void) {
    return systemClock.every(periodMs, () => this.#time(callback));
  }

  afterInput(callback: () => void) {
    return systemClock.afterInput(() => this.#time(callback));
  }

  longestTickMs(): number {
    const longestMs = this.#longestMs;
    this.#longestMs = 0;
    return longestMs;
  }

  #time(callback: () => void): void {
    const before = process.threadCpuUsage();
    callback();
    const { user, system } = process.threadCpuUsage(before);
    this.#longestMs = Math.max(this.#longestMs, (user + system) / 1_000);
  }
}

/** A contender that cannot tell how long its runs take. */
const unknowing: Contender = { longestTickMs: () => null };

const markAlive = (socket: BenchSocket): void => {
  socket.alive = true;
};

async function setIntervalEach({ sessions, intervalMs, clients, sockets }: Field): Promise<Contender> {
  clients.onAnswer = markAlive;
  for (let index = 0; index < sessions; index += 1) {
    const socket = sockets[index] as BenchSocket;
    socket.alive = true;
    let misses = 0;
    const beat = () => {
      misses = socket.alive ? 0 : misses + 1;
      if (misses >= MISSES) return clearInterval(timer);
      socket.alive = false;
      socket.heartbeat();
    };
    // Start times are spread over the interval, so that this contender does not beat in bursts either.
    let timer = setTimeout(() => {
      beat();
      timer = setInterval(beat, intervalMs);
    }, Math.random() * intervalMs);
  }
  return unknowing;
}

async function asyncLoopEach({ sessions, intervalMs, clients, sockets }: Field): Promise<Contender> {
  clients.onAnswer = markAlive;
  const loop = async (socket: BenchSocket) => {
    socket.alive = true;
    await sleep(Math.random() * intervalMs);
    for (let misses = 0; misses < MISSES; ) {
      socket.alive = false;
      socket.heartbeat();
      await sleep(intervalMs);
      misses = socket.alive ? 0 : misses + 1;
    }
  };
  for (let index = 0; index < sessions; index += 1) void loop(sockets[index] as BenchSocket);
  return unknowing;
}

/** What a server stores about a session without keeping it alive: its identity, its connection and its resume token. */
class RegisteredSession {
  readonly kind = "user";
  readonly room = null;
  readonly openedAtMs = Date.now();
  readonly tokenHash = randomBytes(32).toString("latin1");
  readonly id: string;
  readonly user: string;
  readonly peer: object;
  readonly connection: object;

  constructor(id: string, user: string, { peer, connection }: { peer: object; connection: object }) {
    this.id = id;
    this.user = user;
    this.peer = peer;
    this.connection = connection;
  }
}

async function registryAlone({ sockets }: Field): Promise<Contender> {
  const registry = new Map<string, RegisteredSession>();
  const peer = { address: "127.0.0.1", client: "bench", transport: "bench" };
  for (const socket of sockets) {
    const id = `session_${randomBytes(20).toString("latin1")}`;
    const connection = { socket, address: peer.address, session: null as RegisteredSession | null };
    const session = new RegisteredSession(Buffer.from(id, "latin1").toString("latin1"), "ada", { peer, connection });
    connection.session = session;
    registry.set(session.id, session);
  }
  // Keeps the sessions referenced while the contender exists.
  return { longestTickMs: () => (registry.size === sockets.length ? null : 0) };
}

/** Only the beats, with nothing watching them: the cost of the simulated clients, which every contender shares. */
async function beatsAlone({ intervalMs, clients, sockets }: Field): Promise<Contender> {
  clients.onAnswer = markAlive;
  const startedMs = performance.now();
  let sent = 0;
  setInterval(() => {
    const due = ((performance.now() - startedMs) * sockets.length) / intervalMs;
    for (; sent < due; sent += 1) sockets[sent % sockets.length]?.heartbeat();
  }, 25);
  return unknowing;
}

async function nothing(): Promise<Contender> {
  return unknowing;
}

export const contenders = {
  nothing,
  "registry alone": registryAlone,
  "beats alone": beatsAlone,
  lastbeat: keeper,
  "setInterval each": setIntervalEach,
  "async loop each": asyncLoopEach,
} as const;
export type ContenderName = keyof typeof contenders;
