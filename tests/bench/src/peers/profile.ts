/** `npm run bench -- profile connect|beat|end`: where the main thread's time goes. */
import type { Profiler } from "node:inspector/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { BenchClient } from "./benchClient.ts";
import { type BenchServer, startServer } from "./benchServer.ts";
import { type ContenderKey, contenders } from "./contenders.ts";
import { installPeers } from "./install.ts";

type Phase = "connect" | "beat" | "end";

const WARM_UP = 3_000;
const SHOWN = 45;

export async function profileBench(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      n: { type: "string", default: "10000" },
      key: { type: "string", default: "lastbeat-trpc" },
      interval: { type: "string", default: "10" },
    },
  });
  const [phase = "connect"] = positionals as [Phase?];
  await installPeers();
  const contender = contenders[values.key as ContenderKey];
  const intervalMs = Number(values.interval) * 1_000;
  const server = await startServer(contender, { intervalMs });
  const client = await BenchClient.start(contender, server.port);
  await client.open(WARM_UP);
  await client.vanish();
  await server.settled();
  const profile = await profileOf(phase, { server, client, sessions: Number(values.n), intervalMs });
  await client.stop();
  await server.stop();
  if (profile !== null) process.stdout.write(told(profile, Number(values.n)));
}

interface Profiled {
  readonly server: BenchServer;
  readonly client: BenchClient;
  readonly sessions: number;
  readonly intervalMs: number;
}

async function profileOf(phase: Phase, { server, client, sessions, intervalMs }: Profiled): Promise<Profiler.Profile | null> {
  if (phase === "connect") return server.profileOf(() => client.open(sessions));
  await client.open(sessions);
  await sleep(phase === "beat" ? intervalMs * 1.2 : 500);
  return server.profileOf(async () => {
    if (phase === "beat") return sleep(intervalMs * 2);
    await client.vanish();
    await server.settled();
  });
}

interface Cost {
  self: number;
  total: number;
}

const idle = new Set(["(idle)", "(program)", "(root)"]);

/** Microseconds per session: each function alone, and with all that it called. */
function told(profile: Profiler.Profile, sessions: number): string {
  const costs = costsOf(profile);
  const lines = (by: keyof Cost) =>
    [...costs]
      .filter(([name]) => !idle.has(name.split(" ", 1)[0] ?? ""))
      .sort(([, a], [, b]) => b[by] - a[by])
      .slice(0, SHOWN)
      .map(([name, cost]) => `${(cost[by] / sessions).toFixed(1).padStart(8)}  ${name}\n`)
      .join("");
  return `µs per session, alone\n${lines("self")}\nµs per session, with what it called\n${lines("total")}`;
}

function costsOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Map<string, Cost> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map<number, number>();
  for (const { id, children = [] } of nodes) for (const child of children) parents.set(child, id);
  const selfOf = new Map<number, number>();
  for (const [index, id] of samples.entries()) selfOf.set(id, (selfOf.get(id) ?? 0) + (timeDeltas[index] ?? 0));
  const costs = new Map<string, Cost>();
  for (const [id, self] of selfOf) {
    const seen = new Set<string>();
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const node = byId.get(at);
      const name = node === undefined ? "?" : nameOf(node);
      const cost = costs.get(name) ?? { self: 0, total: 0 };
      if (at === id) cost.self += self;
      // A function that calls itself counts once.
      if (!seen.has(name)) cost.total += self;
      seen.add(name);
      costs.set(name, cost);
    }
  }
  return costs;
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: Profiler.ProfileNode): string {
  const file = url
    .replace(/^file:\/\//, "")
    .replace(/^.*\/node_modules\//, "")
    .replace(/^.*\/(packages|apps|tests)\//, "$1/");
  return `${functionName === "" ? "(anonymous)" : functionName} ${file === "" ? "" : `${file}:${lineNumber + 1}`}`;
}
