/** Socket.IO as its documentation starts it, over WebSocket only. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { peerPackage } from "../install.ts";
import { control, intervalMs } from "./control.ts";

interface SocketIoServer {
  readonly engine: { readonly clientsCount: number };
  on(event: "connection", listener: (socket: unknown) => void): void;
}
interface SocketIo {
  readonly Server: new (http: unknown, options: Record<string, unknown>) => SocketIoServer;
}

const { Server } = peerPackage<SocketIo>("socket.io");
const http = createServer();
const server = new Server(http, { transports: ["websocket"], pingInterval: intervalMs, pingTimeout: 20_000 });
server.on("connection", () => {});
http.listen(0, "127.0.0.1", () =>
  control({ port: (http.address() as AddressInfo).port, count: () => server.engine.clientsCount }),
);
