/** A bare `ws` server whose chat is the loop of its README: each message is sent to every client of the room. Nothing is stored. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { control } from "./control.ts";

interface Frame {
  readonly type: string;
  readonly room: string;
  readonly id: string;
  readonly text: string;
}

const rooms = new Map<string, Set<WebSocket>>();
let seq = 0;

const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
server.on("connection", (client) => {
  let name = "";
  let room = new Set<WebSocket>();
  client.on("error", console.error);
  client.on("message", (data) => {
    const frame = JSON.parse(data.toString()) as Frame;
    if (frame.type === "chat.join") {
      name = frame.room;
      room = rooms.get(name) ?? new Set();
      rooms.set(name, room);
      room.add(client);
      return client.send(JSON.stringify({ type: "chat.joined", room: name }));
    }
    const { id, text } = frame;
    seq += 1;
    const message = {
      id,
      room: name,
      sessionId: "session_00000000000000000000000000",
      user: "bench",
      text,
      sentAtMs: Date.now(),
      seq,
    };
    const told = JSON.stringify({ type: "chat.message", message });
    for (const other of room) if (other.readyState === WebSocket.OPEN) other.send(told);
  });
  client.on("close", () => room.delete(client));
});
await once(server, "listening");
control({ port: (server.address() as AddressInfo).port, count: () => server.clients.size });
