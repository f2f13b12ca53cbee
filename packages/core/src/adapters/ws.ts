/** Keeps the sessions of a plain WebSocket server: no framework, no protocol but heartbeats, a welcome and notices. */

import type { Session, SessionKeeper } from "../keeper/types.ts";
import type { SessionSocket } from "../ports/socket.ts";
import { NO_CLOSE_FRAME } from "../protocol/close.ts";
import { GAVE_UP_CODE, PING, PONG, type WelcomeFrame } from "../protocol/dialect.ts";
import type { Notice } from "../protocol/notice.ts";
import { stopAfterFailure } from "./failedParser.ts";
import { readFairly } from "./fairReading.ts";
import { type KeepOptions, MAX_MESSAGE_BYTES, type MessageOptions } from "./keepOptions.ts";
import type { NodeEmitter } from "./listeners.ts";
import { accept, endQuietly, Reception } from "./reception.ts";
import { type ClosableWebSocket, type ClosingWatcher, closeUnwatched, unwatchClosing, watchClosing } from "./watchClosing.ts";

export { type Beats, beatsFromUrl } from "../protocol/beats.ts";
export type { ResumeClaim } from "../protocol/resumeText.ts";
export { resumeFromUrl, tokenFromUrl } from "../protocol/resumeText.ts";
export { stopAfterFailure } from "./failedParser.ts";
export { type Parsed, readFairly } from "./fairReading.ts";
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
 * With `beats: "client"`, it sends `PONG` unasked, and is asked only when that is late.
 * @returns the session; `null` when it was refused (the socket has been told and closed then), or when the socket was no longer open.
 */
export async function keepWebSocket<Data>(
  keeper: SessionKeeper<Data>,
  webSocket: NodeWebSocket,
  options: WebSocketOptions<Data>,
): Promise<Session<Data> | null> {
  const kept = new KeptWebSocket(webSocket, options);
  // Before anything may fail: an error that nobody hears would end the process.
  kept.listen();
  if (webSocket.readyState !== OPEN) {
    // Its "close" is still to come, or was told to nobody here.
    if (webSocket.readyState === CLOSED) kept.leave();
    return null;
  }
  kept.connection = accept(keeper, kept, { transport: "websocket", address: options.address, client: options.client });
  if (kept.connection === null) return null;
  watchClosing(webSocket, kept, options.stream);
  return kept.sayHello(options, (frame) => kept.send(frame));
}

const keptBy = Symbol("lastbeat: what keeps it");

/** A WebSocket that is kept knows by what, so that its listeners are the same functions for all: a connection costs no closures. */
type Kept = NodeWebSocket & { [keptBy]?: KeptWebSocket<unknown> };

class KeptWebSocket<Data> extends Reception<WebSocketMessage, Data> implements SessionSocket, ClosingWatcher {
  readonly #webSocket: Kept;
  readonly #stream: NodeEmitter | undefined;
  readonly #maxMessageBytes: number;

  constructor(webSocket: NodeWebSocket, { onMessage, stream, maxMessageBytes = MAX_MESSAGE_BYTES }: WebSocketOptions<Data>) {
    super(null, onMessage);
    this.#webSocket = webSocket;
    this.#stream = stream;
    this.#maxMessageBytes = maxMessageBytes;
  }

  listen(): void {
    this.#webSocket[keptBy] = this as KeptWebSocket<unknown>;
    // Compression, or `allowSynchronousEvents: false`, makes its parser wait from the first message on.
    stopAfterFailure(this.#webSocket);
    for (const [event, listener] of listeners) this.#webSocket.on(event, listener);
  }

  /** Takes off what hangs on the WebSocket. */
  leave(): void {
    for (const [event, listener] of listeners) this.#webSocket.removeListener(event, listener);
    unwatchClosing(this.#webSocket, this, this.#stream);
  }

  received(received: Received, isBinary: boolean | undefined): void {
    const { connection } = this;
    const length = lengthOf(received);
    if (connection?.received(length) !== true) return;
    if (length > this.#maxMessageBytes) return connection.violated(`a message of ${length} bytes`);
    const data = messageOf(received);
    const message = isBinary === true ? data : String(data);
    if (message === PONG) return;
    if (message !== PING) return this.message(message);
    this.#webSocket.send(PONG);
    connection.sent();
  }

  ponged(data: unknown): void {
    if (String(data) !== KEEP_OPEN) this.connection?.ponged();
  }

  closing(code: number, reason: string): void {
    this.connection?.closed(code === GAVE_UP_CODE ? NO_CLOSE_FRAME : code, reason);
  }

  closedHere(): void {
    // Where the parser closed, its error has ended the session by then.
    queueMicrotask(() => endQuietly(this.connection?.session ?? null, "the application closed its WebSocket"));
  }

  send(frame: WelcomeFrame | Notice): void {
    this.#webSocket.send(JSON.stringify(frame));
  }

  heartbeat(): void {
    this.#webSocket.send(PING);
  }

  ping(): void {
    this.#webSocket.ping();
  }

  keepOpen(): void {
    this.#webSocket.ping(KEEP_OPEN);
  }

  notify(notice: Notice): void {
    this.send(notice);
  }

  close(code: number, reason: string): void {
    closeUnwatched(this.#webSocket, this, code, reason);
  }

  terminate(): void {
    this.#webSocket.terminate();
  }

  get bufferedBytes(): number {
    return this.#webSocket.bufferedAmount;
  }
}

/** Every listener on a kept WebSocket. */
const listeners = [
  ["error", failed],
  ["close", closed],
  ["message", messageCame],
  ["ping", pinged],
  ["pong", pongCame],
] as readonly (readonly [string, (...values: unknown[]) => void])[];

function failed(this: Kept, error: Error): void {
  this[keptBy]?.connection?.failed(error);
}

function closed(this: Kept, code: number, reason: unknown): void {
  this[keptBy]?.leave();
  this[keptBy]?.closing(code, String(reason));
}

function messageCame(this: Kept, received: Received, isBinary?: boolean): void {
  readFairly(this);
  this[keptBy]?.received(received, isBinary);
}

/** Answered by the library; what is read by nobody waits all the same. */
function pinged(this: Kept): void {
  readFairly(this);
  this[keptBy]?.connection?.sent();
}

function pongCame(this: Kept, data: unknown): void {
  readFairly(this);
  this[keptBy]?.ponged(data);
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
