/** A server whose console is gone: the terminal was closed, or the program that read its output ended. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@lastbeat/support/eventually";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;
let child: ChildProcess;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lastbeat-console-"));
  const own = {
    LASTBEAT_SERVER_PORT: "0",
    LASTBEAT_LEDGER_FILE: join(folder, "lastbeat.db"),
    LASTBEAT_LOG_FILE: join(folder, "app.log"),
  };
  child = spawn(process.execPath, [join(import.meta.dirname, "main.ts")], {
    env: { ...process.env, ...own },
    stdio: ["ignore", "pipe", "pipe"],
  });
});
afterEach(() => {
  child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const log = () => readFileSync(join(folder, "app.log"), "utf8");

test.skipIf(process.platform === "win32")("a server whose output nobody takes any more goes on, and stops in order", async () => {
  const port = await eventually(() => /Listening on \S+:(\d+)/.exec(log())?.[1] ?? Promise.reject(new Error("not yet")), {
    withinMs: 40_000,
  });
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.kill("SIGUSR2");
  await eventually(() => expect(log()).toContain("The console: "));
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  child.kill("SIGTERM");
  const [code] = await once(child, "exit", { signal: AbortSignal.timeout(40_000) });
  expect(code).toBe(0);
  expect(log()).toContain("Stopped");
});
