/** `npm run simulate`: simulates the session core for any number of seeds, one simulated hour each. */
import { parseArgs } from "node:util";
import { secondsText } from "./processes.ts";
import { runSeeds, type SeedsReport } from "./simulate/runSeeds.ts";

const USAGE = `npm run simulate -- [--seeds N] [--from S] [--minutes M] [--threads T]

  --seeds N     histories to run, one a seed (default 1000)
  --from S      the first seed (default 1)
  --minutes M   simulated time of each (default 60)
  --threads T   threads (default: one a processor)

A seed that failed is run again with: npm run simulate -- --from SEED --seeds 1
Exit code 0: every rule held; 1: a rule was broken; 2: the command was not understood.`;

interface Wanted {
  readonly from: number;
  readonly count: number;
  readonly durationMs: number;
  readonly threads?: number;
}

function positive(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new TypeError(`--${name} must be a whole number from 1, got ${text}`);
  return value;
}

function readArguments(): Wanted | null {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: { seeds: text, from: text, minutes: text, threads: text, help: { type: "boolean", short: "h" } },
  });
  if (values.help) return null;
  return {
    from: positive("from", values.from, 1),
    count: positive("seeds", values.seeds, 1_000),
    durationMs: positive("minutes", values.minutes, 60) * 60_000,
    ...(values.threads === undefined ? {} : { threads: positive("threads", values.threads, 1) }),
  };
}

const listed = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count.toLocaleString("en")}`)
    .join(", ");

function print(report: SeedsReport, tookMs: number): void {
  for (const { failure } of report.failures.slice(0, 3)) console.log(`\n${failure}`);
  const failing = report.failures.map(({ seed }) => seed);
  console.log(`\n${report.steps.toLocaleString("en")} steps in ${secondsText(tookMs)}: ${listed(report.totals)}`);
  console.log(`ends: ${listed(report.ends)}`);
  console.log(
    failing.length === 0
      ? `${report.seeds} seeds, every rule held`
      : `${report.seeds} seeds, ${failing.length} broke a rule: ${failing.slice(0, 20).join(" ")}${failing.length > 20 ? " …" : ""}`,
  );
}

async function main(): Promise<number> {
  const wanted = readArguments();
  if (wanted === null) {
    console.log(USAGE);
    return 0;
  }
  const startedMs = performance.now();
  let done = 0;
  const report = await runSeeds({
    ...wanted,
    onResult: () => {
      done += 1;
      if (done % 1_000 === 0) console.log(`${done} of ${wanted.count} seeds`);
    },
  });
  print(report, performance.now() - startedMs);
  return report.failures.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (thrown) {
  if (!(thrown instanceof TypeError)) throw thrown;
  console.error(`${thrown.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
