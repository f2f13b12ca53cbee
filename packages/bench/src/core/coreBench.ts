/** The cost of liveness alone: CPU per heartbeat, bytes per session, longest tick; every contender in the same run. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import type { Measured } from "./contenderProcess.ts";
import { type ContenderName, contenders } from "./contenders.ts";

const run = promisify(execFile);
const script = fileURLToPath(new URL("./contenderProcess.ts", import.meta.url));

/** Runs the contenders one after another, each in a process of its own, and prints the table. */
export async function coreBench(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      sessions: { type: "string", default: "100000,1000000" },
      interval: { type: "string", default: "30" },
      seconds: { type: "string", default: "30" },
    },
  });
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
      ];
      const { stdout } = await run(process.execPath, argv);
      rows.push(JSON.parse(stdout) as Measured);
    }
    process.stdout.write(table(rows, Number(values.interval)));
  }
}

function table(rows: Measured[], intervalSeconds: number): string {
  const reference = rows.find(({ contender }) => contender === "setInterval each");
  const lines = rows.map((row) => {
    const ratio = reference === undefined ? "" : (row.cpuPerBeatNs / reference.cpuPerBeatNs).toFixed(2);
    const tick = row.longestTickMs === null ? "–" : row.longestTickMs.toFixed(1);
    return `| ${row.contender} | ${row.cpuPerBeatNs.toFixed(0)} | ${ratio} | ${row.bytesPerSession.toFixed(0)} | ${tick} | ${row.longestDelayMs.toFixed(1)} | ${row.beats} |`;
  });
  const head = `\n${rows[0]?.sessions.toLocaleString("en")} sessions, one heartbeat each per ${intervalSeconds} s\n`;
  return `${head}| contender | CPU per beat, ns | × setInterval | bytes per session | longest tick, ms | longest loop delay, ms | beats measured |\n|---|---|---|---|---|---|---|\n${lines.join("\n")}\n`;
}
