/** `npm run dev`: runs the API, restarted on every change, and both web apps under Vite; Ctrl-C stops all three. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { commandOf, projectRoot } from "./processes.ts";

interface Part {
  readonly name: string;
  readonly folder: string;
  readonly args: readonly string[];
}

const vite = (port: number) => [commandOf("vite"), "dev", "--port", String(port), "--strictPort"];
const parts: readonly Part[] = [
  { name: "api", folder: ".", args: ["--watch", "--watch-preserve-output", "apps/api/src/main.ts"] },
  { name: "chat", folder: "apps/chat", args: vite(3000) },
  { name: "admin", folder: "apps/admin", args: vite(3001) },
];

const port = process.env.LASTBEAT_SERVER_PORT ?? process.env.PORT ?? "8000";
/** Defaults for development. `LASTBEAT_SERVER` is the address to which Vite proxies API requests. */
const env = { LASTBEAT_PRESET: "development", LASTBEAT_SERVER: `http://127.0.0.1:${port}`, ...process.env };

function start({ name, folder, args }: Part): ChildProcess {
  const child = spawn(process.execPath, [...args], {
    cwd: join(projectRoot, folder),
    env,
    stdio: ["ignore", "pipe", "pipe"],
    // In a process group of its own, so that Ctrl-C reaches only this process, which then stops the others once and in order.
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => console.log(`${name.padEnd(5)} | ${line}`));
  }
  return child;
}

const children = parts.map((part) => ({ ...part, process: start(part) }));
let stopping = false;

function stopAll() {
  if (stopping) return;
  stopping = true;
  for (const child of children) child.process.kill("SIGTERM");
}

process.on("SIGINT", stopAll);
process.on("SIGTERM", stopAll);
// The terminal was closed; child processes in their own groups do not receive the signal.
process.on("SIGHUP", stopAll);
for (const child of children) {
  child.process.once("exit", (code) => {
    if (!stopping) {
      console.error(`${child.name} ended with code ${code}; stopping the others.`);
      process.exitCode = 1;
    }
    stopAll();
  });
}
