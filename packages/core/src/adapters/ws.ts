/** Keeps the sessions of a plain WebSocket server: no framework, no protocol but heartbeats, a welcome and notices. */

import type { Connection, Session, SessionKeeper } from "../keeper/types.ts";
import type { SessionSocket } from "../ports/socket.ts";
import { NO_CLOSE_FRAME } from "../protocol/close.ts";
import { GAVE_UP_CODE, PING, PONG } from "../protocol/dialect.ts";
import { type KeepOptions, MAX_MESSAGE_BYTES, type MessageOptions } from "./keepOptions.ts";
import { Listeners, type NodeEmitter } from "./listeners.ts";
import { accept, endQuietly, Reception } from "./reception.ts";
import { type ClosableWebSocket, watchClosing } from "./watchClosing.ts";

export type { ResumeClaim } from "../protocol/resumeText.ts";
export { resumeFromUrl } from "../protocol/resumeText.ts";
export type { KeepOptions, MessageHandler, MessageOptions } from "./keepOptions.ts";
export type { NodeEmitter } from "./listeners.ts";
export type { ClosableWebSocket } from "./watchClosing.ts";

/** What is needed of a server-side WebSocket; the sockets of the `ws` package have it. */
export interface NodeWebSocket extends ClosableWebSocket {
  readonly bufferedAmount: number;
  readonly readyState: number;
  send(data: string): void;
  ping(data?: string): void;
  terminate(): void;
}

/** A text is a text frame, bytes are a binary one. */
export type WebSocketMessage = string | Uint8Array;

export type WebSocketOptions<Data = unknown> = KeepOptions<Data> &
  MessageOptions<WebSocketMessage, Data> & {
    /** What the WebSocket was upgraded from: `request.socket`. A `ws` WebSocket says so by itself. */
    readonly stream?: NodeEmitter | undefined;
  };

/** Payload of pings that only keep the connection open: their pongs say nothing. */
const KEEP_OPEN = "keep open";
/** States of a WebSocket. */
const OPEN = 1;
const CLOSED = 3;

/**
 * Opens a session for an accepted WebSocket, or resumes one. The client is sent `{"type":"welcome",…}` and notices as JSON text frames and
 * heartbeats as the text frame `PING`, which it answers with `PONG`; anything else it sends is a sign of life too. Its own `PING` is answered.
 * @returns the session; `null` when it was refused (the socket has been told and closed then), or when the socket was no longer open.
 */
export async function keepWebSocket<Data>(
  keeper: SessionKeeper<Data>,
  webSocket: NodeWebSocket,
  options: WebSocketOptions<Data>,
): Promise<Session<Data> | null> {
  const listeners = new Listeners();
  let connection: Connection<Data> | null = null;
  // Before anything may fail: an error that nobody hears would end the process.
  listeners.on(webSocket, "error", (error: Error) => connection?.failed(error));
  listeners.on(webSocket, "close", (code: number, reason: unknown) => {
    listeners.removeAll();
    closing(code, String(reason));
  });
  const closing = (code: number, reason: string) => connection?.closed(code === GAVE_UP_CODE ? NO_CLOSE_FRAME : code, reason);
  // Where the parser closed, its error has ended the session by then.
  const closedHere = () => queueMicrotask(() => endQuietly(connection?.session ?? null, "the application closed its WebSocket"));
  if (webSocket.readyState !== OPEN) {
    // Its "close" is still to come, or was told to nobody here.
    if (webSocket.readyState === CLOSED) listeners.removeAll();
    return null;
  }
  const watch = watchClosing(webSocket, { closing, closedHere }, { listeners, stream: options.stream });
  connection = accept(keeper, socketOf(webSocket, watch.close), {
    transport: "websocket",
    address: options.address,
    client: options.client,
  });
  if (connection === null) return null;
  const reception = new Reception(connection, options.onMessage);
  report(webSocket, { connection, reception, listeners, maxMessageBytes: options.maxMessageBytes ?? MAX_MESSAGE_BYTES });
  return reception.sayHello(options, (frame) => webSocket.send(JSON.stringify(frame)));
}

function socketOf(webSocket: NodeWebSocket, close: SessionSocket["close"]): SessionSocket {
  return {
    heartbeat: () => webSocket.send(PING),
    ping: () => webSocket.ping(),
    keepOpen: () => webSocket.ping(KEEP_OPEN),
    notify: (notice) => webSocket.send(JSON.stringify(notice)),
    close,
    terminate: () => webSocket.terminate(),
    get bufferedBytes() {
      return webSocket.bufferedAmount;
    },
  };
}

interface Report<Data> {
  readonly connection: Connection<Data>;
  readonly reception: Reception<WebSocketMessage, Data>;
  readonly listeners: Listeners;
  readonly maxMessageBytes: number;
}

/** What `ws` emits, by its `binaryType`: `nodebuffer`, `arraybuffer` or `fragments`. */
type Received = string | Uint8Array | ArrayBuffer | readonly Uint8Array[];

function lengthOf(data: Received): number {
  if (data instanceof ArrayBuffer) return data.byteLength;
  return typeof data === "string" || data instanceof Uint8Array ? data.length : data.reduce((sum, { length }) => sum + length, 0);
}

function messageOf(data: Received): WebSocketMessage {
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  return typeof data === "string" || data instanceof Uint8Array ? data : Buffer.concat(data);
}

function report<Data>(webSocket: NodeWebSocket, { connection, reception, listeners, maxMessageBytes }: Report<Data>): void {
  listeners.on(webSocket, "message", (received: Received, isBinary?: boolean) => {
    const length = lengthOf(received);
    if (!connection.received(length)) return;
    if (length > maxMessageBytes) return connection.violated(`a message of ${length} bytes`);
    const data = messageOf(received);
    const message = isBinary === true ? data : String(data);
    if (message === PONG) return;
    if (message !== PING) return reception.message(message);
    webSocket.send(PONG);
    connection.sent();
  });
  // Answered by the library; what is read by nobody waits all the same.
  listeners.on(webSocket, "ping", () => connection.sent());
  listeners.on(webSocket, "pong", (data: unknown) => {
    if (String(data) !== KEEP_OPEN) connection.ponged();
  });
}
