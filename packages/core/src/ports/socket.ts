/**
 * The port between the keeper and whatever carries a session's bytes. A transport turns these calls into its own wire
 * format; core never sees a frame.
 */

import type { Notice } from "../protocol/notice.ts";

/** What the keeper asks of a socket. Every method returns at once and may be called on a socket that is already gone. */
export interface SessionSocket {
  /** Sends one application heartbeat in the transport's own words (`PING`, or `{"type":"heartbeat"}`). */
  heartbeat(): void;
  /** Sends a protocol-level ping (a WebSocket ping frame), which a frozen page's browser process still answers. */
  ping(): void;
  /**
   * Sends a frame that only the transport sees and whose answer is *not* reported with `ponged()`, such as a WebSocket ping with a payload
   * by which its pong is known. Keeps proxies from cutting a connection that is silent; a transport without proxies needs none.
   */
  keepOpen?(): void;
  /** Sends a notice to the client. */
  notify(notice: Notice): void;
  /** Starts the closing handshake with this close code and reason (at most 123 bytes of UTF-8). */
  close(code: number, reason: string): void;
  /** Drops the connection without a handshake. */
  terminate(): void;
  /** Bytes accepted for sending that the operating system has not taken yet. */
  readonly bufferedBytes: number;
}

/** The connection in charge of a session, as the session's state holds it. What else it is, only the keeper knows. */
export interface Link {
  /** When something was sent last, as far as is known; observed milliseconds. */
  readonly sentMs: number;
}

/** Where a connection comes from, as far as the transport knows. */
export interface Peer {
  /** Remote address, without a port. */
  readonly address: string;
  /** What the client calls itself (its User-Agent), already shortened by the transport. */
  readonly client: string;
  /** Which transport carries it, such as `trpc` or `json`. */
  readonly transport: string;
}
