import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { deflateRawSync } from "node:zlib";
import { expect, it } from "vitest";
import { WebSocket as ClientSocket, type WebSocket, WebSocketServer } from "ws";
import { createSessionKeeper } from "../keeper/keeper.ts";
import { createMemoryLedger } from "../ports/memoryLedger.ts";
import { keepWebSocket } from "./ws.ts";

/** Masked with zeros. */
const frame = (first: number, payload: Iterable<number>) => {
  const bytes = Buffer.from([...payload]);
  return Buffer.concat([Buffer.from([first, 0x80 | bytes.length, 0, 0, 0, 0]), bytes]);
};
const refused = frame(0x88, [0x03, 0xee]);
const more = Buffer.alloc(300, "a");

it.each([
  ["a flood", {}, Buffer.concat(Array.from({ length: 300 }, () => frame(0x8a, [])))],
  ["a compressed message", { perMessageDeflate: true }, frame(0xc1, deflateRawSync("PING"))],
  ["a message of a server without synchronous events", { allowSynchronousEvents: false }, frame(0x81, Buffer.from("PING"))],
])(
  "SEC1 a close code that nobody may send behind %s, and more behind it, end the connection only",
  async (_, options, before) => {
    const keeper = createSessionKeeper({ ledger: createMemoryLedger() });
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
    await once(server, "listening");
    const client = new ClientSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const [socket] = (await once(server, "connection")) as [WebSocket];
    const thrown: Error[] = [];
    const threw = (error: Error) => thrown.push(error);
    process.on("uncaughtExceptionMonitor", threw);
    await keepWebSocket(keeper, socket, { user: "Ada", onMessage: () => {} });
    const { _socket: stream } = socket as unknown as { readonly _socket: Duplex };
    // The server reads these one by one, but parses the second and the third in one go.
    const ended = once(client, "close");
    for (const chunk of [before, refused, more]) stream.emit("data", chunk);
    const [code] = (await ended) as [number];
    process.off("uncaughtExceptionMonitor", threw);
    await keeper.close();
    server.close();
    expect({ code, thrown }).toEqual({ code: 1002, thrown: [] });
  },
);
