/** Measures the cost of liveness: CPU per heartbeat, bytes per session, longest tick; every contender in the same run. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import type { Measured } from "./contenderProcess.ts";
import { type ContenderName, contenders } from "./contenders.ts";

const run = promisify(execFile);
const script = fileURLToPath(new URL("./contenderProcess.ts", import.meta.url));

/** Runs the contenders one after another, each in its own process, and prints the table. */
export async function coreBench(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      sessions: { type: "string", default: "100000,1000000" },
      interval: { type: "string", default: "30" },
      seconds: { type: "string", default: "30" },
      stretches: { type: "string", default: "3" },
    },
  });
  if (process.threadCpuUsage === undefined) throw new Error("this bench needs Node 24");
  for (const sessions of values.sessions.split(",")) {
    const rows: Measured[] = [];
    for (const name of Object.keys(contenders) as ContenderName[]) {
      process.stderr.write(`${name}, ${sessions} sessions …\n`);
      const argv = [
        "--expose-gc",
        "--max-old-space-size=8192",
        script,
        name,
        sessions,
        String(Number(values.interval) * 1_000),
        values.seconds,
        // For a contender without beats, only memory is measured.
        name === REGISTRY ? "0" : values.stretches,
      ];
      const { stdout } = await run(process.execPath, argv);
      rows.push(JSON.parse(stdout) as Measured);
    }
    process.stdout.write(table(rows, Number(values.interval)));
  }
}

/** The baselines: the cost of the bench itself, and of storing sessions without keeping them alive. */
const IDLE: ContenderName = "nothing";
const REGISTRY: ContenderName = "registry alone";
const REFERENCE: ContenderName = "setInterval each";

function table(rows: Measured[], intervalSeconds: number): string {
  const of = (name: ContenderName) => rows.find(({ contender }) => contender === name);
  const idleCpu = of(IDLE)?.cpuMsPerSecond ?? 0;
  const registryBytes = of(REGISTRY)?.bytesPerSession ?? 0;
  const perBeatNs = (row: Measured) => (((row.cpuMsPerSecond ?? 0) - idleCpu) * 1e6) / row.beatsPerSecond;
  const reference = of(REFERENCE);
  const lines = rows.map((row) => {
    const beating = row.beatsPerSecond > 0;
    const ratio = beating && reference !== undefined ? (perBeatNs(row) / perBeatNs(reference)).toFixed(2) : "–";
    const liveness = row.contender === "lastbeat" ? (row.bytesPerSession - registryBytes).toFixed(0) : "–";
    return `| ${[
      row.contender,
      row.cpuMsPerSecond?.toFixed(1) ?? "–",
      beating ? perBeatNs(row).toFixed(0) : "–",
      ratio,
      row.bytesPerSession.toFixed(0),
      liveness,
      row.longestTickMs === null ? "–" : row.longestTickMs.toFixed(1),
      row.longestDelayMs.toFixed(1),
      row.beatsPerSecond.toFixed(0),
    ].join(" | ")} |`;
  });
  const head = `\n${rows[0]?.sessions.toLocaleString("en")} sessions, one heartbeat each per ${intervalSeconds} s\n`;
  const columns = [
    "contender",
    "CPU, ms per s",
    "CPU per beat over idle, ns",
    "× setInterval",
    "bytes per session",
    "over a registry",
    "longest tick, CPU ms",
    "longest loop delay, ms",
    "beats per s",
  ];
  return `${head}| ${columns.join(" | ")} |\n|${"---|".repeat(columns.length)}\n${lines.join("\n")}\n`;
}
