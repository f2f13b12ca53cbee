/** The real server in its own process, on a free port and in a temporary folder that is removed with it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServerProcess, type ServerProcessOptions } from "./serverProcess.ts";

export interface ScratchServer extends AsyncDisposable {
  readonly process: ServerProcess;
  readonly pid: number;
  readonly http: string;
  readonly ws: string;
  readonly databaseFile: string;
  readonly logFile: string;
  /** Its output so far. */
  output(): string;
  /** Sends SIGTERM. Resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** `env` holds configuration variables. */
export async function startScratchServer(
  env: Readonly<Record<string, string>> = {},
  options: ServerProcessOptions = {},
): Promise<ScratchServer> {
  const folder = mkdtempSync(join(tmpdir(), "lastbeat-process-"));
  const databaseFile = join(folder, "lastbeat.db");
  const logFile = join(folder, "app.log");
  const own = { LASTBEAT_SERVER_PORT: "0", LASTBEAT_LEDGER_FILE: databaseFile, LASTBEAT_LOG_FILE: logFile };
  const server = new ServerProcess({ ...own, ...env }, options);
  const dispose = async () => {
    await server.end("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  const port = await server.printed(/Listening on \S+:(\d+)/).catch(async (error: unknown) => {
    await dispose();
    throw error;
  });
  return {
    process: server,
    pid: server.pid,
    databaseFile,
    logFile,
    http: `http://127.0.0.1:${port}`,
    ws: `ws://127.0.0.1:${port}`,
    output: () => server.output,
    stop: async () => (await server.end("SIGTERM")).code,
    [Symbol.asyncDispose]: dispose,
  };
}
