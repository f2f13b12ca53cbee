/** The whole server: HTTP, both protocols, the ledger in a file, the log at `info` in a file and on the console (`/dev/null` here). */
import { mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../../../../apps/api/src/config.ts";
import { openStore } from "../../../../../apps/api/src/ledger/openStore.ts";
import { createLog } from "../../../../../apps/api/src/log.ts";
import { startServer } from "../../../../../apps/api/src/runtime.ts";
import { version } from "../../../../../apps/api/src/version.ts";
import { control, intervalMs, pongTimeoutMs } from "./control.ts";

const root = mkdtempSync(join(tmpdir(), "lastbeat-bench-"));
process.on("exit", () => rmSync(root, { recursive: true, force: true }));
const config = loadConfig({
  root,
  env: {
    LASTBEAT_SERVER_PORT: "0",
    LASTBEAT_SYSTEM_MAX_SESSIONS: "100000",
    LASTBEAT_WEBSOCKET_MAX_OPENING: "100000",
    LASTBEAT_CHAT_MESSAGE_RATE: "0",
    LASTBEAT_CHAT_BYTE_RATE: "0",
    LASTBEAT_CHAT_CALL_RATE: "0",
    LASTBEAT_WEBSOCKET_HEARTBEAT_INTERVAL: String(intervalMs / 1_000),
    LASTBEAT_WEBSOCKET_HEARTBEAT_PONG_TIMEOUT: String(pongTimeoutMs / 1_000),
    LASTBEAT_LEDGER_FILE: join(root, "lastbeat.db"),
    LASTBEAT_LEDGER_QUEUE_LIMIT: "100000",
    LASTBEAT_LOG_FILE: join(root, "app.log"),
    LASTBEAT_LOG_LEVEL: process.env.BENCH_LOG_LEVEL ?? "info",
  },
});
const log = createLog({ ...config.log, console: { descriptor: openSync("/dev/null", "w"), coloured: false } });
const store = await openStore({ ...config.ledger, bootVersion: version, log });
const server = await startServer({ config, log, store });
control({ port: server.port, count: () => server.unwritten() });
