/** What the log keeps when the process ends. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lastbeat-log-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const urlOf = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

/** Logs numbered lines all the time, many per turn, and tells each turn's first number and time on standard error before it logs. */
const chatty = `
  const { createLog } = await import(${urlOf("../log.ts")});
  const { stopOnSignals } = await import(${urlOf("../shutdown.ts")});
  const { openSync, writeSync } = await import("node:fs");
  const [, file] = process.argv;
  const log = createLog({ file, level: "info", console: { descriptor: openSync("/dev/null", "a"), coloured: false } });
  let next = 0;
  const logging = setInterval(() => {
    writeSync(2, next + " " + performance.now() + "\\n");
    for (let i = 0; i < 20; i++) log.info("line " + next++);
  }, 2);
  const close = async () => {
    clearInterval(logging);
    writeSync(2, next + " 0\\n");
  };
  stopOnSignals({ close, unwritten: () => 0 }, { log, drainLimitMs: 10_000 });`;

type Chatty = ChildProcessByStdio<null, null, Readable>;

/** Ends it with a signal while it logs. Resolves with what it told, by turns, and the numbers in its log. */
async function endedBy(signal: NodeJS.Signals): Promise<{ turns: [number, number][]; logged: number[]; whole: string }> {
  const file = join(folder, "app.log");
  const child: Chatty = spawn(process.execPath, ["--input-type=module", "-e", chatty, file], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let seen = 0;
  child.stderr.on("data", () => {
    seen += 1;
    if (seen === 100) child.kill(signal);
  });
  const [told] = await Promise.all([text(child.stderr), once(child, "exit", { signal: AbortSignal.timeout(30_000) })]);
  const whole = readFileSync(file, "utf8");
  return {
    turns: told
      .trim()
      .split("\n")
      .map((line) => line.split(" ").map(Number) as [number, number]),
    logged: [...whole.matchAll(/ line (\d+)\n/g)].map((match) => Number(match[1])),
    whole,
  };
}

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at);

test("OPS4 SIGTERM loses no line", async () => {
  const { turns, logged, whole } = await endedBy("SIGTERM");
  const [count = 0] = turns.at(-1) ?? [];
  expect(count).toBeGreaterThan(1_000);
  expect(logged).toEqual(upTo(count));
  expect(whole).toMatch(/ Stopped\n$/);
});

test("OPS4 `kill -9` loses at most the lines of the last 100 ms", async () => {
  const { turns, logged } = await endedBy("SIGKILL");
  const [, lastAtMs = 0] = turns.at(-1) ?? [];
  const [count = 0] = turns.findLast(([, atMs]) => atMs <= lastAtMs - 100) ?? [];
  expect(count).toBeGreaterThan(100);
  expect(logged.length).toBeGreaterThanOrEqual(count);
  expect(logged).toEqual(upTo(logged.length));
});
