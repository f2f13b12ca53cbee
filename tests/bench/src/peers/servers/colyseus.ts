/** Colyseus: rooms of a hundred without state, heartbeats by protocol-level pings. */
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { peerPackage } from "../install.ts";
import { control, intervalMs } from "./control.ts";

interface Room {
  maxClients: number;
}
interface Core {
  readonly Server: new (options: {
    readonly transport: object;
    readonly greet: boolean;
  }) => { define(name: string, room: new () => Room): unknown; listen(port: number, host: string): Promise<void> };
  readonly Room: new () => Room;
}
interface Transport {
  readonly WebSocketTransport: new (options: Record<string, unknown>) => object;
}

const { Server, Room } = peerPackage<Core>("@colyseus/core");
const { WebSocketTransport } = peerPackage<Transport>("@colyseus/ws-transport");
let sessions = 0;

class BenchRoom extends Room {
  override maxClients = 100;
  onJoin(): void {
    sessions += 1;
  }
  onLeave(): void {
    sessions -= 1;
  }
}

const http: HttpServer = createServer();
const transport = new WebSocketTransport({ server: http, pingInterval: intervalMs, pingMaxRetries: 2 });
const server = new Server({ transport, greet: false });
server.define("bench", BenchRoom);
await server.listen(0, "127.0.0.1");
control({ port: (http.address() as AddressInfo).port, count: () => sessions });
