/** Measures one contender in its own process: sets up, waits for a steady state, measures, reports. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { BenchClients, BenchSocket } from "./clients.ts";
import { type ContenderName, contenders } from "./contenders.ts";

export interface Measured {
  readonly contender: ContenderName;
  readonly sessions: number;
  readonly beatsPerSecond: number;
  /** CPU time of the whole process per second, milliseconds: the median of several periods; `null` when none was measured. */
  readonly cpuMsPerSecond: number | null;
  readonly bytesPerSession: number;
  readonly longestTickMs: number | null;
  readonly longestDelayMs: number;
}

const [name, sessionsText, intervalText, secondsText, stretchesText] = process.argv.slice(2) as [ContenderName, ...string[]];
const sessions = Number(sessionsText);
const intervalMs = Number(intervalText);

const bytesInUse = () => {
  for (let round = 0; round < 3; round += 1) (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
};

const clients = new BenchClients();
const sockets = Array.from({ length: sessions }, () => new BenchSocket(clients));
const before = bytesInUse();
const contender = await contenders[name]({ sessions, intervalMs, clients, sockets });
clients.start();
await sleep(intervalMs * 1.2);
const bytesPerSession = (bytesInUse() - before) / sessions;
await sleep(500);

/** Measures one period. */
async function measurePeriod(): Promise<{ readonly beats: number; readonly cpuMsPerSecond: number }> {
  const beatsBefore = clients.beats;
  const startedMs = performance.now();
  const cpuBefore = process.cpuUsage();
  await sleep(Number(secondsText) * 1_000);
  const { user, system } = process.cpuUsage(cpuBefore);
  return { beats: clients.beats - beatsBefore, cpuMsPerSecond: (user + system) / (performance.now() - startedMs) };
}

// Measures from here on, without the connection phase.
contender.longestTickMs();
const stretches = [];
for (let count = 0; count < Number(stretchesText); count += 1) stretches.push(await measurePeriod());
const median = stretches.sort((a, b) => a.cpuMsPerSecond - b.cpuMsPerSecond)[(stretches.length - 1) >> 1];
// Measured separately, because sampling the loop every few milliseconds costs more than a quiet contender does.
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
await measurePeriod();
delay.disable();
const measured: Measured = {
  contender: name,
  sessions,
  beatsPerSecond: (median?.beats ?? 0) / Number(secondsText),
  cpuMsPerSecond: median?.cpuMsPerSecond ?? null,
  bytesPerSession,
  longestTickMs: contender.longestTickMs(),
  longestDelayMs: delay.max / 1e6,
};
process.stdout.write(`${JSON.stringify(measured)}\n`, () => process.exit(0));
