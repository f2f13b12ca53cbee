/** `npm run bench -- peers`: Lastbeat beside its peers, round by round in turn, with one client for all. */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { type ContenderKey, contenderKeys, contenders } from "./contenders.ts";
import { compiled, hasCommand, installPeers, peersFolder } from "./install.ts";
import { type MeasureOptions, measureRound, type Round } from "./measure.ts";
import { type About, growthTable, peersTable, type Rounds } from "./peersTable.ts";

const defaults: readonly ContenderKey[] = contenderKeys.filter((key) => key !== "lastbeat-open");

export async function peersBench(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      n: { type: "string", default: "10000" },
      rounds: { type: "string", default: "3" },
      interval: { type: "string", default: "10" },
      keys: { type: "string", default: defaults.join(",") },
      "warm-up": { type: "string", default: "10000" },
      detect: { type: "boolean", default: false },
      json: { type: "string", default: `${peersFolder}peers.json` },
      "node-options": { type: "string", default: "" },
    },
  });
  await installPeers();
  const keys = await available(values.keys.split(","));
  const about: About = { rounds: Number(values.rounds), intervalSeconds: Number(values.interval), machine: machine() };
  const measured = new Map<number, Rounds>();
  for (const sessions of values.n.split(",").map(Number)) {
    const rounds = await measureInTurn(keys, about.rounds, {
      sessions,
      intervalMs: about.intervalSeconds * 1_000,
      detects: values.detect,
      warmUp: Number(values["warm-up"]),
      nodeOptions: values["node-options"].split(" ").filter((option) => option !== ""),
    });
    measured.set(sessions, rounds);
    process.stdout.write(peersTable(rounds, sessions, about));
  }
  if (measured.size > 1) process.stdout.write(growthTable(measured, about));
  const all = [...measured].map(([sessions, rounds]) => ({ sessions, rounds: Object.fromEntries(rounds) }));
  mkdirSync(dirname(values.json), { recursive: true });
  writeFileSync(values.json, `${JSON.stringify({ ...about, measured: all }, null, 2)}\n`);
}

/** Round by round, so that whatever else the machine does meets all of them. */
async function measureInTurn(keys: readonly ContenderKey[], count: number, options: MeasureOptions): Promise<Rounds> {
  const rounds = new Map<ContenderKey, Round[]>(keys.map((key) => [key, []]));
  for (let round = 1; round <= count; round += 1) {
    for (const key of keys) {
      process.stderr.write(`${options.sessions} sessions, round ${round}, ${contenders[key].title} …\n`);
      rounds.get(key)?.push(await measureRound(contenders[key], options));
    }
  }
  return rounds;
}

function machine(): string {
  return `${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
}

/** Those that can run here; the others are named. */
async function available(keys: readonly string[]): Promise<ContenderKey[]> {
  const chosen: ContenderKey[] = [];
  for (const key of keys) {
    if (!(key in contenders)) throw new Error(`there is no ${key}; there are ${contenderKeys.join(", ")}`);
    const missing = await missingFor(key as ContenderKey);
    if (missing === null) chosen.push(key as ContenderKey);
    else process.stderr.write(`${key} is left out: there is no ${missing}\n`);
  }
  return chosen;
}

async function missingFor(key: ContenderKey): Promise<string | null> {
  if (key === "floor" && (await compiled("floor")) === null) return "C compiler";
  if (key === "nats" && !(await hasCommand("nats-server"))) return "nats-server";
  return null;
}
