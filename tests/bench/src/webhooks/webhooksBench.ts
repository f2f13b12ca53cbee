/**
 * `npm run bench -- webhooks [--sessions N] [--receivers none,answers,…]`: what a mass end costs with a webhook whose receiver answers,
 * fails or hangs, in this order.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { MassEndFigures } from "./measureMassEnd.ts";

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const RECEIVERS = "none,answers,fails,hangs";

export async function webhooksBench(args: string[]): Promise<void> {
  const options = { sessions: { type: "string", default: "10000" }, receivers: { type: "string", default: RECEIVERS } } as const;
  const { values } = parseArgs({ args, options });
  const rows: string[] = [];
  for (const how of values.receivers.split(",")) {
    process.stderr.write(`${values.sessions} sessions end, receiver: ${how}\n`);
    rows.push(row(how, Number(values.sessions), await measure(how, values.sessions)));
  }
  process.stdout.write(`${[...head(values.sessions), ...rows].join("\n")}\n`);
}

async function measure(how: string, sessions: string): Promise<MassEndFigures> {
  const folder = mkdtempSync(join(tmpdir(), "lastbeat-bench-"));
  const receiver = spawn(process.execPath, [pathOf("./receiver.ts"), how], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const [port] = (await once(receiver.stdout, "data")) as [Buffer];
    const url = how === "none" ? [] : [`http://127.0.0.1:${String(port).trim()}/`];
    const program = [pathOf("./measureMassEnd.ts"), join(folder, "lastbeat.db"), sessions, ...url];
    const child = spawn(process.execPath, program, { stdio: ["ignore", "pipe", "inherit"] });
    const exited = once(child, "exit");
    const printed = await text(child.stdout);
    const [code] = await exited;
    if (code !== 0) throw new Error(`the measurement stopped with ${code}`);
    return JSON.parse(printed) as MassEndFigures;
  } finally {
    receiver.stdin.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

function head(sessions: string): string[] {
  return [
    `\n${Number(sessions).toLocaleString("en")} sessions end at once; one webhook, deliveries watched for at most 15 s\n`,
    "| receiver | all ends durable after, s | event loop then, p99 / longest, ms | while delivering, p99 / longest, ms | delivered | failed attempts | delivered per s | memory before / most, MB | stop, s |",
    "|---|---|---|---|---|---|---|---|---|",
  ];
}

function row(how: string, sessions: number, figures: MassEndFigures): string {
  const { durableMs, ending, delivering, deliveredMs, delivered, failed, residentBefore, residentMost, stopMs } = figures;
  const seconds = (ms: number) => (ms / 1_000).toFixed(2);
  const loop = ({ p99Ms, longestMs }: MassEndFigures["ending"]) => `${p99Ms.toFixed(1)} / ${longestMs.toFixed(1)}`;
  const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  const cells = [
    how,
    seconds(durableMs),
    loop(ending),
    loop(delivering),
    delivered.toLocaleString("en"),
    failed.toLocaleString("en"),
    deliveredMs === null ? "–" : Math.round((sessions / deliveredMs) * 1_000).toLocaleString("en"),
    `${megabytes(residentBefore)} / ${megabytes(residentMost)}`,
    seconds(stopMs),
  ];
  return `| ${cells.join(" | ")} |`;
}
