/** Keeps the sessions of a plain WebSocket server: no framework, no protocol but a heartbeat frame. */

import type { Connection, Session, SessionKeeper } from "../keeper/types.ts";
import type { SessionSocket } from "../ports/socket.ts";

/** What is needed of a server-side WebSocket; the sockets of the `ws` package have it. */
export interface NodeWebSocket {
  readonly bufferedAmount: number;
  send(data: string): void;
  ping(data?: string): void;
  close(code: number, reason: string): void;
  terminate(): void;
  on(event: "message", listener: (data: { toString(): string; readonly length?: number }) => void): unknown;
  on(event: "pong", listener: (data: { toString(): string }) => void): unknown;
  on(event: "close", listener: (code: number, reason: { toString(): string }) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** Payload of pings that only keep the connection open: their pongs say nothing. */
const KEEP_OPEN = "keep open";

export interface KeepOptions {
  readonly user: string;
  readonly address?: string;
  readonly client?: string;
}

/**
 * Opens a session for an accepted WebSocket. The client answers each text frame `PING` with `PONG`; anything else it sends is a
 * sign of life too. Notices go out as JSON text frames.
 * @returns the session, or `null` when it was refused; the socket has been told and closed then.
 */
export async function keepWebSocket(
  keeper: SessionKeeper,
  webSocket: NodeWebSocket,
  options: KeepOptions,
): Promise<Session | null> {
  const peer = { address: options.address ?? "unknown", client: options.client ?? "", transport: "websocket" };
  const connection = keeper.accept(socketOf(webSocket), peer);
  if (connection === null) return null;
  report(webSocket, connection);
  const result = await connection.hello({ user: options.user });
  return result.accepted ? result.session : null;
}

function socketOf(webSocket: NodeWebSocket): SessionSocket {
  return {
    heartbeat: () => webSocket.send("PING"),
    ping: () => webSocket.ping(),
    keepOpen: () => webSocket.ping(KEEP_OPEN),
    notify: (notice) => webSocket.send(JSON.stringify(notice)),
    close: (code, reason) => webSocket.close(code, reason),
    terminate: () => webSocket.terminate(),
    get bufferedBytes() {
      return webSocket.bufferedAmount;
    },
  };
}

function report(webSocket: NodeWebSocket, connection: Connection): void {
  webSocket.on("message", (data) => {
    connection.received(data.length ?? data.toString().length);
  });
  webSocket.on("pong", (data) => {
    if (data.toString() !== KEEP_OPEN) connection.ponged();
  });
  webSocket.on("close", (code, reason) => connection.closed(code, reason.toString()));
  webSocket.on("error", (error) => connection.failed(error));
}
