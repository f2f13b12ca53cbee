/** A `Dial` for the protocol of `keepWebSocket`: text frames, `PING` and `PONG`, and a welcome and notices as JSON. */

import type { Beats } from "../protocol/beats.ts";
import { NO_CLOSE_FRAME } from "../protocol/close.ts";
import { GAVE_UP_CODE, PING, PONG, type WelcomeFrame } from "../protocol/dialect.ts";
import type { Notice } from "../protocol/notice.ts";
import { formatResume } from "../protocol/resumeText.ts";
import type { ClientLinkListener, Dial, ResumeTicket } from "./ports.ts";

/** The part of a WebSocket that is needed, whether from a browser, Node or the `ws` package. */
export interface ClientWebSocket {
  readonly readyState: number;
  send(data: string): void;
  close(code?: number, reason?: string): void;
  /** Only assigned. Typed as `unknown`, because each kind of WebSocket declares its own events. */
  onmessage: unknown;
  onclose: unknown;
  onerror: unknown;
}

export interface DialWebSocketOptions {
  /** The browser's `WebSocket`, or a compatible class. */
  readonly WebSocket: new (
    url: string,
  ) => ClientWebSocket;
  /**
   * `client`, the default: heartbeats are sent unasked, by a timer, and `beats=client` is added to the query, for the server to
   * read with `beatsFromUrl`. A server that does not read it goes on asking, which does no harm.
   */
  readonly beats?: Beats;
  /**
   * Asked for a token before each connection, at first and whenever it reconnects, so that it need not outlive one. It is added to the
   * query as `token`, for the server to read with `tokenFromUrl`; `null` adds none. If it throws or rejects, or takes longer than
   * `connectTimeoutMs`, that counts as a connection that failed: it is tried again, after the usual back-off.
   */
  readonly getToken?: () => string | null | Promise<string | null>;
  /** Called with each frame that is not part of the protocol. */
  readonly onMessage?: (data: unknown) => void;
}

export interface WebSocketDial extends Dial {
  /** Sends a text frame. @returns whether there was a connection to send it on; the frame may still be lost. */
  send(text: string): boolean;
  /**
   * Tells the server that the user is leaving, so that it does not keep the session. Call it before the connection's `leave()`.
   */
  goodbye(): void;
}

type ProtocolFrame = WelcomeFrame | Notice;

const NORMAL_CLOSE = 1000;
const OPEN = 1;

/**
 * Makes a `Dial` for `createClientConnection`.
 * @param url `ws:` or `wss:`. To resume, `resume=<session id>.<token>` is added to its query; the token can be used once.
 */
export function dialWebSocket(url: string, options: DialWebSocketOptions): WebSocketDial {
  let send = (_text: string): boolean => false;
  let goodbye = () => {};
  const dial = (ticket: ResumeTicket | null, listener: ClientLinkListener) => {
    const drives = options.beats !== "server";
    /** `null` until there is a token. */
    let socket: ClientWebSocket | null = null;
    let isOver = false;
    const sendHere = (text: string): boolean => {
      if (socket?.readyState !== OPEN) return false;
      socket.send(text);
      listener.sent();
      return true;
    };
    send = sendHere;
    const close = (code: number) => {
      isOver = true;
      socket?.close(code);
    };
    goodbye = () => close(NORMAL_CLOSE);
    const open = (token?: string | null) => {
      if (isOver) return;
      socket = new options.WebSocket(withHello(url, { ticket, drives, token }));
      addHandlers(socket, listener, { onMessage: options.onMessage, answer: () => sendHere(PONG) });
    };
    const token = options.getToken?.();
    // A failure counts as a socket that never opened.
    if (token instanceof Promise) token.then(open).catch(() => listener.closed(NO_CLOSE_FRAME, ""));
    else open(token);
    return {
      probe: () => sendHere(PING),
      abandon() {
        if (socket) removeHandlers(socket);
        // Without this code, the server would take a close frame that still gets through for a goodbye.
        close(GAVE_UP_CODE);
      },
      ...(drives && { beat: (asks: boolean) => sendHere(asks ? PING : PONG) }),
    };
  };
  return Object.assign(dial, { send: (text: string) => send(text), goodbye: () => goodbye() });
}

interface HelloFields {
  readonly ticket: ResumeTicket | null;
  readonly drives: boolean;
  readonly token: string | null | undefined;
}

function withHello(url: string, { ticket, drives, token }: HelloFields): string {
  const field = (name: string, value: string | false | null | undefined) =>
    value ? `&${name}=${encodeURIComponent(value)}` : "";
  const fields = field("beats", drives && "client") + field("resume", ticket && formatResume(ticket)) + field("token", token);
  const hasQuery = /^[^#]*\?/.test(url);
  return url.replace(/#|$/, (end) => (hasQuery ? fields : fields.replace("&", "?")) + end);
}

function addHandlers(
  socket: ClientWebSocket,
  listener: ClientLinkListener,
  { onMessage, answer }: { readonly onMessage: ((data: unknown) => void) | undefined; readonly answer: () => void },
): void {
  socket.onmessage = ({ data }: { readonly data: unknown }) => {
    listener.heard();
    if (data === PING) answer();
    if (data === PING || data === PONG) return;
    const frame = protocolFrame(data);
    if (frame === null) onMessage?.(data);
    else if (frame.type === "welcome") listener.welcomed(frame);
    else listener.noticed(frame);
  };
  socket.onclose = ({ code, reason }: { readonly code: number; readonly reason: string }) => {
    removeHandlers(socket);
    listener.closed(code, reason);
  };
  // A close event follows. The handler must exist, because `ws` throws an error that has no listener.
  socket.onerror = () => {};
}

function removeHandlers(socket: ClientWebSocket): void {
  socket.onmessage = null;
  socket.onclose = null;
}

/** How a frame of the protocol begins: `JSON.stringify` of a welcome or a notice puts its type first. */
const PROTOCOL_FRAME = /^\{"type":"(welcome|terms|idle_warning|idle_cleared|paused|ending)"/;

function protocolFrame(data: unknown): ProtocolFrame | null {
  if (typeof data !== "string" || !PROTOCOL_FRAME.test(data)) return null;
  try {
    return JSON.parse(data) as ProtocolFrame;
  } catch {
    return null;
  }
}
