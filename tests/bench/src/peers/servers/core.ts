/** The core on a bare `ws` server, its ledger in memory. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createSessionKeeper } from "@lastbeat/core";
import { resolveSettings } from "@lastbeat/core/settings";
import { keepWebSocket } from "@lastbeat/core/ws";
import { WebSocketServer } from "ws";
import { control, intervalMs, pongTimeoutMs } from "./control.ts";

const settings = resolveSettings({
  maxSessions: 100_000,
  maxOpening: 100_000,
  heartbeatIntervalMs: intervalMs,
  heartbeatPongTimeoutMs: pongTimeoutMs,
});
const keeper = createSessionKeeper({ settings });
const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
server.on("connection", (webSocket, request) => {
  const { socket, headers } = request;
  void keepWebSocket(keeper, webSocket, {
    user: "bench",
    data: undefined,
    address: socket.remoteAddress,
    client: headers["user-agent"],
  });
});
await once(server, "listening");
const count = () => {
  const { opening, active, suspended, ending } = keeper.stats();
  return opening + active + suspended + ending;
};
control({ port: (server.address() as AddressInfo).port, count });
