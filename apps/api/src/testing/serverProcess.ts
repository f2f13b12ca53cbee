/** The server as a process of its own, over a database that a test has prepared. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { eventually } from "./testServer.ts";

const STARTS_WITHIN_MS = 30_000;
const main = join(import.meta.dirname, "../main.ts");

export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  /** Everything it printed. */
  output(): string;
  /** Memory that is its own, without the pages of files that it maps; Linux only. */
  ownBytes(): number;
}

export async function startServerProcess(databaseFile: string): Promise<ServerProcess> {
  const env = {
    PATH: process.env.PATH,
    LASTBEAT_SERVER_PORT: "0",
    LASTBEAT_LEDGER_FILE: databaseFile,
    LASTBEAT_LOG_FILE: join(dirname(databaseFile), "app.log"),
  };
  const child = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "pipe"] });
  const exited = once(child, "exit");
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data) => {
      output += data;
    });
  }
  const port = await eventually(() => {
    const [, listening] = /Listening on \S*:(\d+)/.exec(output) ?? [];
    if (listening === undefined) throw new Error(`the server does not listen:\n${output}`);
    return listening;
  }, STARTS_WITHIN_MS);
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    ownBytes: () => Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) * 1024,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
