/** Dials the dialect of `keepWebSocket`: text frames, `PING` and `PONG`, a welcome and notices as JSON. */

import { GAVE_UP_CODE, PING, PONG, type WelcomeFrame } from "../protocol/dialect.ts";
import type { Notice } from "../protocol/notice.ts";
import { formatResume } from "../protocol/resumeText.ts";
import type { ClientLinkListener, Dial, ResumeTicket } from "./ports.ts";

/** What is needed of a WebSocket: a browser's, Node's or that of the `ws` package. */
export interface ClientWebSocket {
  readonly readyState: number;
  send(data: string): void;
  close(code?: number, reason?: string): void;
  /** Only written; each kind of WebSocket declares events of its own. */
  onmessage: unknown;
  onclose: unknown;
  onerror: unknown;
}

export interface DialWebSocketOptions {
  /** `WebSocket` of the browser, or another class like it. */
  readonly WebSocket: new (
    url: string,
  ) => ClientWebSocket;
  /** Told of each frame that is none of the protocol's own. */
  readonly onMessage?: (data: unknown) => void;
}

export interface WebSocketDial extends Dial {
  /** Sends a text to the server. @returns whether there was a connection to send it on; it may be lost all the same. */
  send(text: string): boolean;
  /** Says that the user leaves, so that no session is kept for them. To be called before the connection's `leave()`. */
  goodbye(): void;
}

type ProtocolFrame = WelcomeFrame | Notice;

const NORMAL_CLOSE = 1000;
const OPEN = 1;

/**
 * Makes a `Dial` for `createClientConnection`.
 * @param url `ws:` or `wss:`. To resume, `resume=<session id>.<token>` is added to its query; the token is good for once.
 */
export function dialWebSocket(url: string, options: DialWebSocketOptions): WebSocketDial {
  let current: ClientWebSocket | null = null;
  const dial = (ticket: ResumeTicket | null, listener: ClientLinkListener) => {
    const socket = new options.WebSocket(ticket === null ? url : withResume(url, ticket));
    current = socket;
    hear(socket, listener, options.onMessage);
    return {
      probe: () => send(socket, PING),
      abandon() {
        silence(socket);
        // Else the server would take a frame that still gets through for a farewell.
        socket.close(GAVE_UP_CODE);
      },
    };
  };
  return Object.assign(dial, {
    send: (text: string) => send(current, text),
    goodbye: () => current?.close(NORMAL_CLOSE),
  });
}

function withResume(url: string, ticket: ResumeTicket): string {
  const [rest = "", ...fragment] = url.split("#");
  const query = `${rest.includes("?") ? "&" : "?"}resume=${encodeURIComponent(formatResume(ticket))}`;
  return [rest + query, ...fragment].join("#");
}

function send(socket: ClientWebSocket | null, text: string): boolean {
  if (socket?.readyState !== OPEN) return false;
  socket.send(text);
  return true;
}

function hear(socket: ClientWebSocket, listener: ClientLinkListener, onMessage: ((data: unknown) => void) | undefined): void {
  socket.onmessage = ({ data }: { readonly data: unknown }) => {
    listener.heard();
    if (data === PING) send(socket, PONG);
    if (data === PING || data === PONG) return;
    const frame = protocolFrame(data);
    if (frame === null) onMessage?.(data);
    else if (frame.type === "welcome") listener.welcomed(frame);
    else listener.noticed(frame);
  };
  socket.onclose = ({ code, reason }: { readonly code: number; readonly reason: string }) => {
    silence(socket);
    listener.closed(code, reason);
  };
  // A close follows; where nobody hears an error, `ws` throws it.
  socket.onerror = () => {};
}

function silence(socket: ClientWebSocket): void {
  socket.onmessage = null;
  socket.onclose = null;
}

const types: ReadonlySet<unknown> = new Set<ProtocolFrame["type"]>([
  "welcome",
  "terms",
  "idle_warning",
  "idle_cleared",
  "paused",
  "ending",
]);

function protocolFrame(data: unknown): ProtocolFrame | null {
  if (typeof data !== "string" || !data.startsWith('{"type":')) return null;
  try {
    const frame = JSON.parse(data) as ProtocolFrame;
    return types.has(frame.type) ? frame : null;
  } catch {
    return null;
  }
}
