import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { WebSocket as ClientSocket, type WebSocket, WebSocketServer } from "ws";
import { createSessionKeeper } from "../keeper/keeper.ts";
import type { Session } from "../keeper/types.ts";
import type { SessionEnd } from "../ports/ledger.ts";
import { adapterContract, type MakeServer } from "./testing/adapterContract.ts";
import { ListenerCount } from "./testing/leftListeners.ts";
import { closed, dutiful, Inbox, type Peer, type PeerOptions } from "./testing/peer.ts";
import { opcodes, RawWebSocket } from "./testing/rawWebSocket.ts";
import { beatsFromUrl, keepWebSocket, resumeFromUrl, type WebSocketMessage } from "./ws.ts";

const makeServer: MakeServer = async (keeper, { onMessage, maxMessageBytes }) => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const sessions: Promise<Session | null>[] = [];
  const sockets: WebSocket[] = [];
  const count = new ListenerCount();
  const keep = (socket: WebSocket, request: IncomingMessage) => {
    const query = new URL(request.url ?? "/", "http://localhost").searchParams;
    return keepWebSocket(keeper, socket, {
      user: query.get("user") ?? "guest",
      room: query.get("room"),
      resume: resumeFromUrl(request.url),
      beats: beatsFromUrl(request.url),
      address: request.socket.remoteAddress,
      data: { named: query.get("user") },
      maxMessageBytes,
      onMessage: (message, session) => onMessage(JSON.parse(String(message)), session),
    });
  };
  let keepLatest: (() => Promise<Session | null>) | undefined;
  server.on("connection", (socket, request) => {
    sockets.push(socket);
    count.watch(socket, request.socket);
    keepLatest = () => keep(socket, request);
    sessions.push(keepLatest());
  });
  return {
    sessions,
    connect: async (options) => connectPeer(port, options),
    send: (text) => sockets.at(-1)?.send(text),
    closeLatest: () => sockets.at(-1)?.close(4321, "enough"),
    keepLatest: () => keepLatest?.(),
    leftListeners: () => count.left,
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate();
      server.close();
      await once(server, "close");
    },
  };
};

function connectPeer(port: number, options: PeerOptions = {}): Peer {
  const inbox = new Inbox();
  const answers = dutiful();
  const raw = new RawWebSocket(port, `/?${new URLSearchParams({ ...options })}`, (opcode, payload) => {
    const text = payload.toString();
    if (opcode === opcodes.ping && answers.pings) raw.send(opcodes.pong, payload);
    if (opcode === opcodes.close) {
      inbox.add({ type: "close", code: payload.readUInt16BE(0), reason: payload.subarray(2).toString() });
      raw.send(opcodes.close, payload.subarray(0, 2));
      raw.socket.end();
    }
    if (opcode !== opcodes.text) return;
    if (text === "PING" && answers.heartbeats) raw.send(opcodes.text, "PONG");
    inbox.add(text === "PING" ? { type: "heartbeat" } : text === "PONG" ? { type: "pong" } : JSON.parse(text));
  });
  const close = (code = 1000) => raw.send(opcodes.close, Buffer.from([code >> 8, code & 0xff]));
  return {
    inbox,
    answers,
    ping: () => raw.send(opcodes.text, "PING"),
    beat: () => raw.send(opcodes.text, "PONG"),
    say: (frame) => raw.send(opcodes.text, JSON.stringify(frame)),
    goodbye: close,
    closeFrame: close,
    halfClose: () => raw.socket.end(),
    stopReading: () => raw.socket.pause(),
    // A reserved opcode.
    sendGarbage: () => raw.send(3, "?"),
    sendTooMuch: (bytes) => raw.send(opcodes.text, "x".repeat(bytes)),
    gone: closed(raw.socket),
    destroy: () => raw.socket.destroy(),
  };
}

adapterContract("keepWebSocket", makeServer, { answersPings: true, handsMessagesOn: true });

it("SES5 a client that gave a silent connection up, and says so by code 4000, is waited for", async () => {
  const keeper = createSessionKeeper({ settings: { resumeGraceMs: 60_000 } });
  await using server = await makeServer(keeper, { onMessage: () => {}, maxMessageBytes: 1_000 });
  const suspended = new Promise<{ readonly reason: string }>((resolve) => keeper.on("suspended", resolve));
  const peer = await server.connect();
  await peer.inbox.first("welcome");
  peer.closeFrame?.(4000);
  expect(await suspended).toMatchObject({ reason: "connection_lost" });
  await keeper.close();
  peer.destroy();
});

it.each(["nodebuffer", "arraybuffer", "fragments"] as const)(
  "SES4 binary messages are measured and handed on as bytes (%s)",
  async (binaryType) => {
    const keeper = createSessionKeeper();
    const messages: WebSocketMessage[] = [];
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(server, "listening");
    server.on("connection", (socket) => {
      socket.binaryType = binaryType;
      const onMessage = (message: WebSocketMessage) => void messages.push(message);
      void keepWebSocket(keeper, socket, { user: "ada", maxMessageBytes: 1_000, onMessage });
    });
    const ended = new Promise<SessionEnd>((resolve) => keeper.on("ended", ({ end }) => resolve(end)));
    const { promise: welcome, resolve } = Promise.withResolvers<void>();
    const raw = new RawWebSocket((server.address() as AddressInfo).port, "/", () => resolve());
    await welcome;
    for (const bytes of [3, 0, 1_000, 1_001]) raw.send(opcodes.binary, "x".repeat(bytes));
    expect(await ended).toMatchObject({ reason: "protocol_error", detail: "a message of 1001 bytes" });
    expect(messages.map((message) => message instanceof Uint8Array && message.length)).toEqual([3, 0, 1_000]);
    raw.socket.destroy();
    server.close();
    await keeper.close();
  },
);

const FLOOD = 20_000;
/** Of small frames that are read at once; without fairness these were 9,000. */
const MOST_IN_A_TURN = 500;

/** Floods a server with small messages. @returns how many of them one turn of the event loop handled at most. */
async function mostInATurn(options: { readonly allowSynchronousEvents?: boolean }): Promise<number> {
  const keeper = createSessionKeeper();
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
  await once(server, "listening");
  let handled = 0;
  const onMessage = () => {
    handled += 1;
  };
  server.on("connection", (socket) => void keepWebSocket(keeper, socket, { user: "Eve", onMessage }));
  const client = new ClientSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    await once(client, "message");
    for (let sent = 0; sent < FLOOD; sent += 1) client.send("hello");
    const untilMs = performance.now() + 30_000;
    let most = 0;
    for (let before = 0; before < FLOOD && performance.now() < untilMs; before = handled) {
      await nextTurn();
      most = Math.max(most, handled - before);
    }
    expect(handled).toBe(FLOOD);
    return most;
  } finally {
    client.terminate();
    server.close();
    await keeper.close();
  }
}

it("SOC7 a client that floods gets few frames per turn, and the others theirs", async () => {
  expect(await mostInATurn({})).toBeLessThan(MOST_IN_A_TURN);
});

it("SOC7 a server that the application made to hand on one frame per turn stays so", async () => {
  expect(await mostInATurn({ allowSynchronousEvents: false })).toBe(1);
});
