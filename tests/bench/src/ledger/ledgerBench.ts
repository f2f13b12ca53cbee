/** Measures queries and writes on a ledger of millions of ended sessions, while live sessions are beating. */
import { spawn } from "node:child_process";
import { constants, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { LedgerFigures } from "./measureLedger.ts";
import type { LoopDelay } from "./timings.ts";

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const cache = pathOf("../../data");

/**
 * Measures a ledger of `--sessions` ended sessions. It is filled once per database schema and kept in `tests/bench/data`;
 * the measurements read and write a copy.
 */
export async function ledgerBench(args: string[]): Promise<void> {
  const options = { sessions: { type: "string", default: "5000000" } } as const;
  const { values } = parseArgs({ args, options });
  const filled = await filledLedger(values.sessions);
  const folder = mkdtempSync(join(cache, "measured-"));
  try {
    const file = join(folder, "lastbeat.db");
    copyFileSync(filled, file, constants.COPYFILE_FICLONE);
    process.stdout.write(table(JSON.parse(await run(pathOf("./measureLedger.ts"), [file])) as LedgerFigures));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The file gets its final name only once it is complete. */
async function filledLedger(sessions: string): Promise<string> {
  mkdirSync(cache, { recursive: true });
  const file = join(cache, `ledger-${sessions}-${newestMigration()}.db`);
  if (existsSync(file)) return file;
  const folder = mkdtempSync(join(cache, "filling-"));
  try {
    await run(pathOf("./fillLedger.ts"), [join(folder, "lastbeat.db"), sessions]);
    renameSync(join(folder, "lastbeat.db"), file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return file;
}

function newestMigration(): string {
  const journal = JSON.parse(readFileSync(pathOf("../../../../drizzle/sqlite/meta/_journal.json"), "utf8")) as {
    readonly entries: readonly { readonly tag: string }[];
  };
  return journal.entries.at(-1)?.tag ?? "empty";
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
  const loop = (name: string, { p50Ms, p99Ms, longestMs, longestCollectionMs, seconds }: LoopDelay) =>
    `| ${name} | ${[p50Ms, p99Ms, longestMs, longestCollectionMs].map(ms).join(" | ")} | ${seconds.toFixed(0)} |`;
  return [
    `\n${sessions.toLocaleString("en")} ended sessions, ${megabytes.toFixed(0)} MB; 1,000 live sessions over sockets, one heartbeat each per 5 s\n`,
    "| query | p50, ms | p99, ms |",
    "|---|---|---|",
    ...queries.map(({ name, timings }) => `| ${name} | ${ms(timings.p50Ms)} | ${ms(timings.p99Ms)} |`),
    "",
    "| event loop, turn of a timer of 1 ms | p50, ms | p99, ms | longest, ms | longest garbage collection, ms | over, s |",
    "|---|---|---|---|---|---|",
    loop("without queries", quiet),
    loop("during the queries above", asked),
    loop("while writing, two filters queried continuously", writing),
    loop("mass end of 20,000 sessions", massEnd),
    "",
    `${figures.writesPerSecond.toFixed(0)} sessions opened and ended per second while two filters were queried continuously`,
    `${(figures.massEndMs / 1_000).toFixed(2)} s until the ends of 20,000 sessions were durable\n`,
  ].join("\n");
}
