/** A server under measurement, in a process of its own. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import type { Profiler } from "node:inspector/promises";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Contender } from "./contenders.ts";
import { compiled } from "./install.ts";
import { ownBytes, type ProcessorTime, processorTime } from "./processorTime.ts";
import type { Answer, Ask } from "./servers/control.ts";

export interface BenchServer {
  readonly pid: number;
  readonly port: number;
  processorTime(): ProcessorTime;
  /** Bytes after a forced collection; of a program that is not JavaScript as they are. */
  memory(): Promise<{ readonly ownBytes: number; readonly heapBytes: number | null }>;
  /** Sessions, and ends that are not durable yet; `null` where it cannot be asked. */
  count(): Promise<number | null>;
  /** The longest delay of the event loop while `work` runs, in milliseconds; `null` where it cannot be asked. */
  delayDuring(work: () => Promise<void>): Promise<number | null>;
  /** A profile of the main thread while `work` runs; `null` of a program that is not JavaScript. */
  profileOf(work: () => Promise<unknown>): Promise<Profiler.Profile | null>;
  /** Resolves when there are no sessions, every end is durable and the process is quiet. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

const SETTLE_POLL_MS = 50;
/** A process that spends less than this share of the time waits for something. */
const QUIET_SHARE = 0.1;

export interface ServerOptions {
  readonly intervalMs: number;
  /** Options for Node, before the script. */
  readonly nodeOptions?: readonly string[];
}

export async function startServer(contender: Contender, options: ServerOptions): Promise<BenchServer> {
  return typeof contender.server === "string"
    ? startModule(contender.server, options)
    : startProgram(contender.server.program, options);
}

async function startModule(name: string, { intervalMs, nodeOptions = [] }: ServerOptions): Promise<BenchServer> {
  const child = fork(fileURLToPath(new URL(`./servers/${name}`, import.meta.url)), {
    execArgv: ["--expose-gc", ...nodeOptions],
    env: { ...process.env, BENCH_INTERVAL_MS: String(intervalMs) },
  });
  const gone = once(child, "exit").then(() => Promise.reject(new Error(`${name} stopped`)));
  gone.catch(() => {});
  const [{ port }] = (await Promise.race([once(child, "message"), gone])) as [{ port: number }];
  const ask = async (question: Ask): Promise<Answer> => {
    const answer = once(child, "message");
    child.send(question);
    return ((await Promise.race([answer, gone])) as [Answer])[0];
  };
  const pid = child.pid as number;
  const count = async () => (await ask("count")).count ?? null;
  return {
    pid,
    port,
    count,
    processorTime: () => processorTime(pid),
    async memory() {
      const { memory } = await ask("memory");
      return { ownBytes: ownBytes(pid), heapBytes: memory?.heapBytes ?? null };
    },
    async delayDuring(work) {
      await ask("watch delay");
      await work();
      return (await ask("delay")).delayMs ?? null;
    },
    async profileOf(work) {
      await ask("profile");
      await work();
      return (await ask("profiled")).profile ?? null;
    },
    settled: () => settled(pid, count),
    stop: () => stop(child),
  };
}

async function startProgram(program: "floor" | "nats-server", { intervalMs }: ServerOptions): Promise<BenchServer> {
  const { child, port } = program === "floor" ? await startFloor(intervalMs) : await startNats(intervalMs);
  const pid = child.pid as number;
  const count = async () => null;
  return {
    pid,
    port,
    count,
    processorTime: () => processorTime(pid),
    memory: async () => ({ ownBytes: ownBytes(pid), heapBytes: null }),
    async delayDuring(work) {
      await work();
      return null;
    },
    async profileOf(work) {
      await work();
      return null;
    },
    settled: () => settled(pid, count),
    stop: () => stop(child),
  };
}

async function startFloor(intervalMs: number): Promise<{ child: ChildProcess; port: number }> {
  const program = await compiled("floor");
  if (program === null) throw new Error("there is no C compiler for the floor");
  const child = spawn(program, [String(intervalMs)], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  return { child, port: Number(line.toString()) };
}

async function startNats(intervalMs: number): Promise<{ child: ChildProcess; port: number }> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { port: number };
  probe.close();
  const config = fileURLToPath(new URL("../../.peers/nats.conf", import.meta.url));
  writeFileSync(config, `ping_interval: "${intervalMs}ms"\nping_max: 3\nmax_connections: 100000\n`);
  const child = spawn("nats-server", ["-a", "127.0.0.1", "-p", String(port), "-c", config], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await new Promise<void>((resolve) =>
    child.stderr.on("data", (data: Buffer) => {
      if (data.includes("Server is ready")) resolve();
    }),
  );
  return { child, port };
}

async function settled(pid: number, count: () => Promise<number | null>): Promise<void> {
  let quietSince = 0;
  for (let spent = processorTime(pid).all; quietSince < 3; ) {
    await sleep(SETTLE_POLL_MS);
    const now = processorTime(pid).all;
    const isQuiet = now - spent < SETTLE_POLL_MS * 1e6 * QUIET_SHARE;
    spent = now;
    quietSince = isQuiet && ((await count()) ?? 0) === 0 ? quietSince + 1 : 0;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.kill(child.connected ? "SIGTERM" : "SIGKILL");
  await exited;
}
