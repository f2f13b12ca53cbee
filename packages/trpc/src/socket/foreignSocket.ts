/**
 * A `ws` WebSocket that somebody else made, driven like one of our own. Its listeners are the same functions for every socket, so that a
 * connection costs no closures.
 */

import type { Duplex } from "node:stream";
import { readFairly, stopAfterFailure } from "@lastbeat/core/ws";
import type { RawData, WebSocket } from "ws";
import type { DrivenSocket, SocketDriver } from "./drivenSocket.ts";
import type { Frame } from "./frame.ts";

/** Payload of pings that only keep proxies from cutting a silent connection. */
const KEEP_OPEN = Buffer.from("keep open");
const NO_CLOSE_FRAME = 1006;
const EMPTY_CLOSE_FRAME = 1005;

export interface ForeignSocketDriver extends SocketDriver {
  /** The application closed the WebSocket itself. */
  closedHere(): void;
}

const owner = Symbol("driven by @lastbeat/trpc");
interface Owned {
  [owner]?: ForeignSocket;
}
/** `ws` calls `close` when a close frame arrives, as an application does to close it. */
type OwnedWebSocket = WebSocket & Owned & { readonly _closeFrameReceived?: boolean };
type OwnedStream = Duplex & Owned;

/** What drives this WebSocket; `undefined` when nothing here does. */
export function driverOf(ws: WebSocket): ForeignSocketDriver | undefined {
  return (ws as OwnedWebSocket)[owner]?.driver ?? undefined;
}

export class ForeignSocket implements DrivenSocket {
  driver: ForeignSocketDriver | null = null;
  closedByServer = false;
  readonly #ws: WebSocket;

  constructor(ws: WebSocket) {
    this.#ws = ws;
  }

  /** Starts serving; `stream` is what the socket was upgraded from. */
  drive(driver: ForeignSocketDriver, stream: Duplex): void {
    this.driver = driver;
    const ws: OwnedWebSocket = this.#ws;
    ws[owner] = this;
    // Compression, or `allowSynchronousEvents: false`, makes its parser wait from the first message on.
    stopAfterFailure(ws);
    ws.on("message", messageCame).on("ping", pingCame).on("pong", pongCame).on("error", failed).once("close", closed);
    // `ws` says "close" only when TCP is closed in both directions, half a minute after a close frame whose sender leaves it open.
    Object.defineProperty(ws, "close", { value: closeWatched, configurable: true, writable: true });
    (stream as OwnedStream)[owner] = this;
    stream.once("end", streamEnded);
  }

  get OPEN(): number {
    return this.#ws.OPEN;
  }

  get readyState(): number {
    return this.#ws.readyState;
  }

  get waitingBytes(): number {
    return this.#ws.bufferedAmount;
  }

  /** Framed by `ws`, which may have agreed on compression with the client. */
  sendFrame({ payload }: Frame): void {
    this.#ws.send(payload);
  }

  sendAtOnce({ payload }: Frame): void {
    this.#ws.send(payload);
  }

  ping(): void {
    this.#ws.ping();
  }

  pingToKeepOpen(): void {
    this.#ws.ping(KEEP_OPEN);
  }

  pong(data: Buffer, mask: boolean, sent: () => void): void {
    this.#ws.pong(data, mask, sent);
  }

  closeByServer(code: number, reason: string): void {
    this.closedByServer = true;
    this.#ws.close(code, reason);
  }

  terminate(): void {
    this.#ws.terminate();
  }
}

function closeWatched(this: OwnedWebSocket, code?: number, reason?: string | Buffer): void {
  (Object.getPrototypeOf(this) as WebSocket).close.call(this, code, reason);
  const socket = this[owner];
  if (socket === undefined || socket.closedByServer) return;
  if (this._closeFrameReceived === true) return socket.driver?.closing(code ?? EMPTY_CLOSE_FRAME, reason?.toString() ?? "");
  // The parser closes too when it refuses a frame, and says so in an "error" within this turn.
  queueMicrotask(() => socket.driver?.closedHere());
}

function messageCame(this: OwnedWebSocket, data: RawData, isBinary: boolean): void {
  readFairly(this);
  this[owner]?.driver?.frame(bufferOf(data), isBinary);
}

function bufferOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}

function pingCame(this: OwnedWebSocket, data: Buffer): void {
  readFairly(this);
  this[owner]?.driver?.pinged(data);
}

function pongCame(this: OwnedWebSocket, data: Buffer): void {
  readFairly(this);
  if (!KEEP_OPEN.equals(data)) this[owner]?.driver?.pong();
}

function failed(this: OwnedWebSocket, error: Error): void {
  this[owner]?.driver?.failed(error);
}

function closed(this: OwnedWebSocket, code: number, reason: Buffer): void {
  const socket = this[owner];
  socket?.driver?.closing(code, reason.toString());
  if (socket !== undefined) socket.driver = null;
}

function streamEnded(this: OwnedStream): void {
  this[owner]?.driver?.closing(NO_CLOSE_FRAME, "");
}
