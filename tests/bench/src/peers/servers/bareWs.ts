/** A bare `ws` server with the heartbeat of its README: ping all each interval, terminate who did not answer the last. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { control, intervalMs } from "./control.ts";

type Client = WebSocket & { isAlive?: boolean };

function heartbeat(this: Client): void {
  this.isAlive = true;
}

const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
server.on("connection", (client: Client) => {
  client.isAlive = true;
  client.on("error", console.error);
  client.on("pong", heartbeat);
});
setInterval(() => {
  for (const client of server.clients as Set<Client>) {
    if (client.isAlive === false) {
      client.terminate();
      continue;
    }
    client.isAlive = false;
    client.ping();
  }
}, intervalMs);
await once(server, "listening");
control({ port: (server.address() as AddressInfo).port, count: () => server.clients.size });
