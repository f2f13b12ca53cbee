/** Socket.IO's rooms, as its documentation uses them. Nothing is stored. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { peerPackage } from "../install.ts";
import { control, intervalMs } from "./control.ts";

interface ChatSocket {
  join(room: string): void;
  on(event: "join", listener: (room: string, joined: (room: string) => void) => void): void;
  on(event: "send", listener: (message: { readonly id: string; readonly text: string }) => void): void;
}
interface SocketIoServer {
  readonly engine: { readonly clientsCount: number };
  on(event: "connection", listener: (socket: ChatSocket) => void): void;
  to(room: string): { emit(event: string, value: unknown): void };
}
interface SocketIo {
  readonly Server: new (http: unknown, options: Record<string, unknown>) => SocketIoServer;
}

const { Server } = peerPackage<SocketIo>("socket.io");
const http = createServer();
const server = new Server(http, { transports: ["websocket"], pingInterval: intervalMs, pingTimeout: 20_000 });
let seq = 0;
server.on("connection", (socket) => {
  let room = "";
  socket.on("join", (name, joined) => {
    room = name;
    socket.join(name);
    joined(name);
  });
  socket.on("send", ({ id, text }) => {
    seq += 1;
    const message = { id, room, sessionId: "session_00000000000000000000000000", user: "bench", text, sentAtMs: Date.now(), seq };
    server.to(room).emit("message", message);
  });
});
http.listen(0, "127.0.0.1", () =>
  control({ port: (http.address() as AddressInfo).port, count: () => server.engine.clientsCount }),
);
