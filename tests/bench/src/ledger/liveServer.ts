/** The real server on a store, with clients in another process that connect over loopback. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Settings, settingFields, settingKeys, toWritten } from "@lastbeat/core";
import { loadConfig } from "../../../../apps/api/src/config.ts";
import type { Store } from "../../../../apps/api/src/ledger/store.ts";
import { startServer } from "../../../../apps/api/src/runtime.ts";
import type { Services } from "../../../../apps/api/src/services.ts";

export const HEARTBEAT_MS = 5_000;
const settings: Partial<Settings> = {
  maxSessions: 100_000,
  maxOpening: 100_000,
  sessionTimeoutMs: 86_400_000,
  heartbeatIntervalMs: HEARTBEAT_MS,
  heartbeatPongTimeoutMs: 3_000,
};

export interface LiveServer {
  readonly services: Services;
  /** Resolves when `count` clients have their sessions. */
  connect(count: number): Promise<void>;
  /** Stops the clients and the server, which ends the server's sessions. */
  close(): Promise<void>;
}

/** @param more further configuration, as environment variables. */
export async function startLiveServer(
  store: Store,
  file: string,
  more: Readonly<Record<string, string>> = {},
): Promise<LiveServer> {
  const silent = () => {};
  const log = { debugEnabled: () => false, debug: silent, info: silent, warn: silent, error: silent };
  const config = loadConfig({ root: dirname(file), env: { ...environment(file), ...more } });
  const server = await startServer({ config, log, store });
  const clients: ChildProcess[] = [];
  return {
    services: server.services,
    async connect(count) {
      const program = fileURLToPath(new URL("./liveClients.ts", import.meta.url));
      const child = spawn(process.execPath, [program, `ws://127.0.0.1:${server.port}`, String(count)], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      clients.push(child);
      const gone = once(child, "exit").then(() => Promise.reject(new Error("the clients stopped")));
      gone.catch(silent);
      await Promise.race([once(child.stdout, "data"), gone]);
    },
    async close() {
      await Promise.all(
        clients.map(async (child) => {
          if (child.exitCode !== null) return;
          const exited = once(child, "exit");
          child.stdin?.end();
          await exited;
        }),
      );
      await server.close();
    },
  };
}

function environment(file: string): Record<string, string> {
  const written = settingKeys.flatMap((key) => {
    const value = settings[key];
    if (value === undefined) return [];
    return [[`LASTBEAT_${settingFields[key].path.replaceAll(".", "_").toUpperCase()}`, String(toWritten(key, value))]];
  });
  return { ...Object.fromEntries(written), LASTBEAT_SERVER_PORT: "0", LASTBEAT_LEDGER_FILE: file };
}
