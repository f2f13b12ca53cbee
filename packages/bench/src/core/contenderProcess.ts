/** One contender in a process of its own: sets up, waits until it runs evenly, measures, reports. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { BenchClients, BenchSocket } from "./clients.ts";
import { type ContenderName, contenders } from "./contenders.ts";

export interface Measured {
  readonly contender: ContenderName;
  readonly sessions: number;
  /** How long was measured. */
  readonly seconds: number;
  readonly beats: number;
  /** CPU time of the whole process in each second, milliseconds. */
  readonly cpuMsPerSecond: number;
  readonly bytesPerSession: number;
  readonly longestTickMs: number | null;
  readonly longestDelayMs: number;
}

const [name, sessionsText, intervalText, secondsText] = process.argv.slice(2) as [ContenderName, string, string, string];
const sessions = Number(sessionsText);
const intervalMs = Number(intervalText);

const bytesInUse = () => {
  for (let round = 0; round < 3; round += 1) (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
};

const clients = new BenchClients();
const sockets = Array.from({ length: sessions }, () => new BenchSocket(clients));
// A property that every contender adds is there before, so that no contender pays for the change of shape.
for (const socket of sockets) Object.assign(socket, { connection: undefined, alive: undefined });
const before = bytesInUse();
const contender = await contenders[name]({ sessions, intervalMs, clients, sockets });
clients.start();
await sleep(intervalMs * 1.2);
const bytesPerSession = (bytesInUse() - before) / sessions;
await sleep(500);

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
// From here on, without what came in while everybody connected.
contender.longestTickMs();
const beatsBefore = clients.beats;
const startedMs = performance.now();
const cpuBefore = process.cpuUsage();
await sleep(Number(secondsText) * 1_000);
const cpu = process.cpuUsage(cpuBefore);
const tookMs = performance.now() - startedMs;
const beats = clients.beats - beatsBefore;
delay.disable();
const measured: Measured = {
  contender: name,
  sessions,
  seconds: tookMs / 1_000,
  beats,
  cpuMsPerSecond: (cpu.user + cpu.system) / tookMs,
  bytesPerSession,
  longestTickMs: contender.longestTickMs(),
  longestDelayMs: delay.max / 1e6,
};
process.stdout.write(`${JSON.stringify(measured)}\n`, () => process.exit(0));
