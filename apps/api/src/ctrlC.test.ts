/** Ctrl-C and a closed window, on a real terminal and through a real npm. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@lastbeat/support/eventually";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TestClient } from "./testing/testServer.ts";

/** So many that writing their ends takes longer than npm takes to pass a signal on. */
const SESSIONS = 150;
const WAIT_MS = 40_000;

let folder: string;
let terminal: ChildProcess;
let output = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lastbeat-terminal-"));
  const keepStatus = join(folder, "keepStatus.mjs");
  writeFileSync(
    keepStatus,
    `import { writeFileSync } from "node:fs";
    import { isMainThread } from "node:worker_threads";
    if (isMainThread) process.on("exit", (code) => writeFileSync("status", String(code)));`,
  );
  const scripts = { start: `exec "${process.execPath}" --import "${keepStatus}" "${join(import.meta.dirname, "main.ts")}"` };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "started-by-npm", private: true, scripts }));
  output = "";
  const env = {
    ...process.env,
    LASTBEAT_SERVER_PORT: "0",
    LASTBEAT_SYSTEM_MAX_SESSIONS: "1000",
    LASTBEAT_LEDGER_DURABILITY: "power",
    LASTBEAT_LEDGER_FILE: join(folder, "lastbeat.db"),
    LASTBEAT_LOG_FILE: join(folder, "app.log"),
  };
  // Makes a terminal of its own for the command; what is written to its input is typed there.
  terminal = spawn("script", ["-qfec", "npm start", "/dev/null"], { cwd: folder, env, stdio: ["pipe", "pipe", "inherit"] });
  terminal.stdout?.on("data", (data: Buffer) => {
    output += data.toString();
  });
});
afterEach(() => {
  terminal.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

async function clients(): Promise<TestClient[]> {
  const port = await eventually(() => /Listening on \S+:(\d+)/.exec(output)?.[1] ?? Promise.reject(new Error(output)), {
    withinMs: WAIT_MS,
  });
  return Promise.all(
    Array.from({ length: SESSIONS }, async (_, i) => {
      const client = await TestClient.connect(`ws://127.0.0.1:${port}/ws/new`);
      client.send({ type: "hello", name: `user ${i}`, room: "general" });
      await client.frame("welcome");
      return client;
    }),
  );
}

function reasons(): string[] {
  const database = new Database(join(folder, "lastbeat.db"), { readonly: true });
  try {
    return database.prepare("SELECT e.reason FROM sessions s LEFT JOIN ends e ON e.session = s.id").pluck().all() as string[];
  } finally {
    database.close();
  }
}

/** What the server itself exited with, once it has. */
const status = (): string => readFileSync(join(folder, "status"), "utf8");

const everyEnd = Array(SESSIONS).fill("server_shutdown");

describe.skipIf(process.platform === "win32")("on a terminal", () => {
  test("one Ctrl-C, which npm turns into two signals, writes every end", async () => {
    const open = await clients();
    terminal.stdin?.write("\x03");
    const [code] = await once(terminal, "exit", { signal: AbortSignal.timeout(WAIT_MS) });
    expect(reasons()).toEqual(everyEnd);
    expect(output).toContain("Stopped");
    expect(status()).toBe("0");
    // This status is npm's: once, on a busy machine, it said 130, that it was interrupted, of a server that had stopped in order.
    expect([0, 130], output).toContain(code);
    for (const client of open) expect((await client.closed).code).toBe(1012);
  });

  test("Ctrl-C pressed three times writes every end", async () => {
    await clients();
    terminal.stdin?.write("\x03");
    terminal.stdin?.write("\x03");
    terminal.stdin?.write("\x03");
    await once(terminal, "exit", { signal: AbortSignal.timeout(WAIT_MS) });
    expect(reasons()).toEqual(everyEnd);
  });

  test("closing the terminal writes every end", async () => {
    await clients();
    terminal.kill("SIGKILL");
    await eventually(() => expect(reasons()).toEqual(everyEnd), { withinMs: WAIT_MS });
    // The server still writes to its folder until it exits.
    await eventually(() => expect(status()).toBe("0"), { withinMs: WAIT_MS });
  });
});
