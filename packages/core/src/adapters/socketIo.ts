/** Keeps the sessions of a Socket.IO server. Its own pings go on; they show that the transport lives, heartbeats that the page does. */

import type { Connection, Session, SessionKeeper } from "../keeper/types.ts";
import type { SessionSocket } from "../ports/socket.ts";
import { causeOf } from "../ports/thrown.ts";
import { parseBeats } from "../protocol/beats.ts";
import { NO_CLOSE_FRAME } from "../protocol/close.ts";
import { GAVE_UP_CODE } from "../protocol/dialect.ts";
import { parseResume } from "../protocol/resumeText.ts";
import { stopAfterFailure } from "./failedParser.ts";
import { readFairly } from "./fairReading.ts";
import type { Frame, SentFrame } from "./frames.ts";
import type { KeepOptions } from "./keepOptions.ts";
import { Listeners, type NodeEmitter } from "./listeners.ts";
import { accept, endQuietly, Reception } from "./reception.ts";
import { isSharedWithOthers, shareConnection } from "./sharedConnections.ts";
import { type ClosableWebSocket, type ClosingWatcher, unwatchClosing, watchClosing } from "./watchClosing.ts";

export type { ResumeClaim } from "../protocol/resumeText.ts";
export type { KeepOptions } from "./keepOptions.ts";
export type { NodeEmitter } from "./listeners.ts";

/** What is needed of a server-side socket; those of the `socket.io` package have it. */
export interface SocketIoSocket extends NodeEmitter {
  readonly conn: SocketIoConnection;
  readonly connected: boolean;
  readonly handshake: { readonly address: string; readonly auth: unknown };
  emit(event: string, ...values: unknown[]): unknown;
  disconnect(close?: boolean): unknown;
}

/** The connection of Engine.IO below a socket. */
export interface SocketIoConnection extends NodeEmitter {
  close(discard?: boolean): unknown;
}

/** What Engine.IO has besides; used where it is there. */
interface Insides {
  readonly transport?: { readonly socket?: unknown };
  readonly writeBuffer?: readonly { readonly data?: unknown }[];
  sendPacket?(type: "ping"): void;
}

/** The event of all frames of the protocol, both ways. */
const EVENT = "lastbeat";
const NORMAL_CLOSE = 1000;
/** Engine.IO cut the connection, because the client did not answer its ping. */
const PING_TIMEOUT = "ping timeout";

/**
 * Opens a session for a connected socket, or resumes one: by `options.resume`, or by `auth: { resume: "<session id>.<token>" }` of the
 * client, whose `auth` may also have `beats: "client"`. Frames are objects sent as the event `lastbeat`: `welcome`, notices and `heartbeat`, which the client answers with
 * `socket.emit("lastbeat", { type: "pong" })`; whatever else it emits is a sign of life too. Its own `ping` is answered. The last frame it is
 * sent is `{ type: "close", code, reason }`. Sockets of several namespaces on one connection have a session each; the connection closes
 * with the last of them.
 * @returns the session; `null` when it was refused (the socket has been told and disconnected then), or when the socket had left already.
 */
export async function keepSocketIo<Data>(
  keeper: SessionKeeper<Data>,
  socket: SocketIoSocket,
  options: KeepOptions<Data>,
): Promise<Session<Data> | null> {
  if (!socket.connected) return null;
  const port = new SocketIoPort(socket);
  const listeners = new Listeners();
  const { handshake } = socket;
  const connection = accept(keeper, port, {
    transport: "socket.io",
    address: options.address ?? handshake.address,
    client: options.client,
  });
  if (connection === null) return null;
  listeners.add(shareConnection(socket.conn, socket));
  const reception = new Reception<never, Data>(connection, undefined);
  hearSocket(socket, { connection, port, listeners });
  hearConnection(socket.conn, { connection, listeners });
  const auth = (handshake.auth ?? {}) as { readonly resume?: unknown; readonly beats?: unknown };
  const { resume = parseResume(auth.resume), beats = parseBeats(auth.beats) } = options;
  return reception.sayHello({ ...options, resume, beats }, (frame) => port.send(frame));
}

/** What is told of the socket: the protocol's frames and the end. */
function hearSocket<Data>(
  socket: SocketIoSocket,
  { connection, port, listeners }: { connection: Connection<Data>; port: SocketIoPort; listeners: Listeners },
): void {
  listeners.on(socket, EVENT, (frame: Frame | null | undefined) => {
    if (frame?.type === "goodbye") connection.goodbye();
    if (frame?.type !== "ping") return;
    port.send({ type: "pong" });
    connection.sent();
  });
  let unreadable: string | null = null;
  listeners.on(socket, "error", (error: unknown) => {
    // What follows at once is "disconnect", unless it was an application's own middleware that failed.
    unreadable = causeOf(error);
    queueMicrotask(() => {
      unreadable = null;
    });
  });
  listeners.on(socket, "disconnect", (reason: string) => {
    listeners.removeAll();
    if (reason === "client namespace disconnect") connection.closed(NORMAL_CLOSE, "");
    else if (unreadable !== null) connection.violated(`a packet that Socket.IO cannot read: ${unreadable}`);
    else if (reason === PING_TIMEOUT) connection.failed(new Error("Engine.IO's ping timed out, and it closed the connection"));
    else if (reason.startsWith("server ")) endQuietly(connection.session, "the application disconnected its socket");
    connection.closed(NO_CLOSE_FRAME, reason);
  });
}

/** What is told of the connection below: every packet, and that it begins to close. */
function hearConnection<Data>(
  conn: SocketIoConnection,
  { connection, listeners }: { connection: Connection<Data>; listeners: Listeners },
): void {
  listeners.on(conn, "packet", ({ type, data }: { readonly type: string; readonly data?: { readonly length?: number } }) => {
    const webSocket = webSocketOf(conn);
    if (webSocket !== undefined) {
      stopAfterFailure(webSocket);
      readFairly(webSocket);
    }
    if (type === "pong") connection.ponged();
    else if (type === "message") connection.received(data?.length ?? 0);
  });
  const watcher: ClosingWatcher = {
    closing: (code, reason) => connection.closed(code === GAVE_UP_CODE ? NO_CLOSE_FRAME : code, reason),
    // By the parser, with a code; Engine.IO closes without one, and says so in an event of its own.
    closedHere: (code) => code !== undefined && connection.closed(code, "refused by the parser"),
  };
  const watch = () => {
    const webSocket = webSocketOf(conn);
    if (webSocket === undefined) return;
    watchClosing(webSocket, watcher);
    listeners.add(() => unwatchClosing(webSocket, watcher));
  };
  watch();
  // From polling to a WebSocket.
  listeners.on(conn, "upgrade", watch);
}

function webSocketOf(
  conn: SocketIoConnection,
): (ClosableWebSocket & { readonly bufferedAmount?: number; readonly readyState?: number; terminate?(): void }) | undefined {
  const socket = (conn as Insides).transport?.socket;
  const isOne =
    typeof socket === "object" && socket !== null && "close" in socket && "on" in socket && "removeListener" in socket;
  return isOne ? (socket as ClosableWebSocket) : undefined;
}

class SocketIoPort implements SessionSocket {
  readonly #socket: SocketIoSocket;

  constructor(socket: SocketIoSocket) {
    this.#socket = socket;
  }

  send(frame: SentFrame): void {
    this.#socket.emit(EVENT, frame);
  }

  heartbeat(): void {
    this.send({ type: "heartbeat" });
  }

  /** Engine.IO's own ping, ahead of its turn. */
  ping(): void {
    (this.#socket.conn as Insides).sendPacket?.("ping");
  }

  notify(notice: Parameters<SessionSocket["notify"]>[0]): void {
    this.send(notice);
  }

  close(code: number, reason: string): void {
    this.send({ type: "close", code, reason });
    this.#socket.disconnect(!this.#isShared);
  }

  /** Of a shared connection only the namespace is left: the other sessions have their own heartbeats. */
  terminate(): void {
    if (this.#isShared) return void this.#socket.disconnect();
    const webSocket = webSocketOf(this.#socket.conn);
    if (webSocket?.terminate === undefined) this.#socket.conn.close(true);
    else webSocket.terminate();
  }

  get #isShared(): boolean {
    return isSharedWithOthers(this.#socket.conn, this.#socket);
  }

  get bufferedBytes(): number {
    const { conn } = this.#socket;
    const waiting = (conn as Insides).writeBuffer ?? [];
    return waiting.reduce((sum, { data }) => sum + lengthOf(data), webSocketOf(conn)?.bufferedAmount ?? 0);
  }
}

function lengthOf(data: unknown): number {
  return typeof data === "string" || data instanceof Uint8Array ? data.length : 0;
}
