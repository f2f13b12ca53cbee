/** What a ledger of millions of ended sessions costs to ask and to write, while sessions are beating. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { LedgerFigures } from "./measureLedger.ts";
import type { LoopDelay } from "./timings.ts";

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** `--sessions` makes a ledger of that size in a temporary folder; `--file` measures one that is there already, and writes to it. */
export async function ledgerBench(args: string[]): Promise<void> {
  const options = { sessions: { type: "string", default: "5000000" }, file: { type: "string" } } as const;
  const { values } = parseArgs({ args, options });
  const folder = mkdtempSync(join(tmpdir(), "lastbeat-bench-"));
  try {
    const file = values.file ?? join(folder, "lastbeat.db");
    if (values.file === undefined) await run(script("./fillLedger.ts"), [file, values.sessions]);
    process.stdout.write(table(JSON.parse(await run(script("./measureLedger.ts"), [file])) as LedgerFigures));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(program: string, args: string[]): Promise<string> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const printed = await text(child.stdout);
  const code = await exited;
  if (code !== 0) throw new Error(`${program} stopped with ${code}`);
  return printed;
}

function table(figures: LedgerFigures): string {
  const { sessions, megabytes, queries, quiet, asked, writing, massEnd } = figures;
  const ms = (value: number) => value.toFixed(1);
  const loop = (name: string, { p50Ms, p99Ms, longestMs }: LoopDelay) =>
    `| ${name} | ${ms(p50Ms)} | ${ms(p99Ms)} | ${ms(longestMs)} |`;
  return [
    `\n${sessions.toLocaleString("en")} ended sessions, ${megabytes.toFixed(0)} MB; 1,000 live sessions with a heartbeat each per 5 s\n`,
    ...["| query | p50, ms | p99, ms |", "|---|---|---|"],
    ...queries.map(({ name, timings }) => `| ${name} | ${ms(timings.p50Ms)} | ${ms(timings.p99Ms)} |`),
    "",
    ...["| event loop, turn of a timer | p50, ms | p99, ms | longest, ms |", "|---|---|---|---|"],
    loop("without queries", quiet),
    loop("during the queries above", asked),
    loop("while writing, two filters asked all the time", writing),
    loop("mass end of 20,000 sessions", massEnd),
    "",
    `${figures.writesPerSecond.toFixed(0)} sessions opened and ended a second while two filters were asked all the time`,
    `${(figures.massEndMs / 1_000).toFixed(2)} s until the ends of 20,000 sessions were durable\n`,
  ].join("\n");
}
