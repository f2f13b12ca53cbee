import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import { eventually } from "@lastbeat/support/eventually";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AskedPlace, askedPlace } from "./testing/askedPlace.ts";

const bin = resolve(import.meta.dirname, "../../bin/lastbeat.js");
const nodeVersion = await import(resolve(import.meta.dirname, "../../bin/nodeVersion.js"));
const STARTS_WITHIN_MS = 20_000;

let asked: AskedPlace;
beforeAll(async () => {
  asked = await askedPlace();
}, 30_000);
afterAll(() => asked[Symbol.asyncDispose]());

interface Started {
  readonly process: ChildProcess;
  readonly printed: { out: string; err: string };
  readonly exit: Promise<number | null>;
}

function lastbeat(args: readonly string[], { nodeArgs = [] }: { nodeArgs?: readonly string[] } = {}): Started {
  const child = spawn(process.execPath, [...nodeArgs, bin, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const printed = { out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    printed.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    printed.err += chunk;
  });
  return { process: child, printed, exit: once(child, "close").then(([code]) => code as number | null) };
}

async function addEnd(id: string): Promise<void> {
  const { ledger } = asked.server.server.services.store;
  await ledger.opened(sampleOpened(id, { user: "Follow" }));
  await ledger.ended(sampleEnded(id, { detectedAtMs: Date.now() }));
}

describe("the command line as a process", { timeout: 60_000 }, () => {
  test("queries a server and prints to standard output only", async () => {
    const { printed, exit } = lastbeat(["ends", "--user", "Grace", "--format", "jsonl", ...asked.from.server]);
    expect(await exit).toBe(0);
    expect(printed.err).toBe("");
    expect(JSON.parse(printed.out)).toMatchObject({ sessionId: "session_left" });
  });

  test("reads a database file or a copy of one", async () => {
    const copy = join(asked.place.folder, "copy.db");
    asked.place.sql(`VACUUM INTO '${copy}'`);
    const { printed, exit } = lastbeat(["verify", "--db", copy]);
    expect(await exit).toBe(0);
    expect(printed.out).toMatch(/^ok /);
  });

  test("invalid usage exits with 2, one line on standard error and nothing on standard output", async () => {
    const { printed, exit } = lastbeat(["ends", "--colour"]);
    expect(await exit).toBe(2);
    expect(printed).toEqual({ out: "", err: "lastbeat: unknown flag --colour\n" });
  });

  test("stops silently when the reader closes the pipe", async () => {
    const { ledger } = asked.server.server.services.store;
    const ids = Array.from({ length: 2_000 }, (_, at) => `session_piped_${at}`);
    await Promise.all(ids.map((id) => ledger.opened(sampleOpened(id))));
    await Promise.all(ids.map((id) => ledger.ended(sampleEnded(id))));
    for (const from of [asked.from.file, asked.from.server]) {
      const { process: child, printed, exit } = lastbeat(["ends", "--format", "csv", ...from]);
      child.stdout?.once("data", () => child.stdout?.destroy());
      expect([await exit, printed.err]).toEqual([0, ""]);
    }
  });

  test("follows until stopped", async () => {
    await addEnd("session_before");
    const { process: child, printed, exit } = lastbeat(["ends", "--follow", "--user", "Follow", ...asked.from.server]);
    await eventually(() => expect(printed.out).toContain("session_before"), { withinMs: STARTS_WITHIN_MS });
    await addEnd("session_after");
    await eventually(() => expect(printed.out).toContain("session_after"), { withinMs: STARTS_WITHIN_MS });
    child.kill("SIGTERM");
    await exit;
    const lines = printed.out.trimEnd().split("\n");
    expect(lines.map((line) => line.split(" ").at(-1))).toEqual(["SESSION", "session_before", "session_after"]);
    expect(printed.err).toBe("");
  });
});

describe("a Node that is too old", () => {
  const pretend = "Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.1.0'}})";
  const nodeArgs = ["--import", `data:text/javascript,${pretend}`];

  test("hands over to the installed one", { timeout: 60_000 }, async () => {
    const { printed, exit } = lastbeat(["ends", "--limit", "0"], { nodeArgs });
    const code = await exit;
    const line = nodeVersion.installedNode() === null ? /^Lastbeat needs Node\.js 22\.18 or newer/ : /^lastbeat: --limit: /;
    expect(printed).toEqual({ out: "", err: expect.stringMatching(line) });
    expect(code).toBe(nodeVersion.installedNode() === null ? 1 : 2);
  });

  test("passes signals on", { timeout: 60_000 }, async () => {
    const args = ["ends", "--follow", "--user", "Grace", ...asked.from.file];
    const { process: child, printed, exit } = lastbeat(args, { nodeArgs: nodeVersion.installedNode() === null ? [] : nodeArgs });
    await eventually(() => expect(printed.out).toContain("session_left"), { withinMs: STARTS_WITHIN_MS });
    child.kill("SIGTERM");
    expect([143, null]).toContain(await exit);
  });

  test.each([
    ["20.20.2", true],
    ["22.17.1", true],
    ["22.18.0", false],
    ["23.0.0", false],
    ["24.21.0", false],
  ])("%s: %s", (version, tooOld) => expect(nodeVersion.isTooOld(version)).toBe(tooOld));

  test("finds no other if no package is installed", () => {
    expect(nodeVersion.installedNode({ platform: "plan9", arch: "pdp11" })).toBeNull();
  });
});
