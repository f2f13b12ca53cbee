/**
 * The socket port between the keeper and a transport. The transport translates these calls to its wire format; core never sees a
 * frame.
 */

import type { Notice } from "../protocol/notice.ts";

/** What the keeper needs from a socket. Every method returns at once and may be called on a socket that is already gone. */
export interface SessionSocket {
  /** Sends one application heartbeat in the transport's wire format (`PING`, or `{"type":"heartbeat"}`). */
  heartbeat(): void;
  /** Sends a protocol-level ping (a WebSocket ping frame), which a frozen page's browser process still answers. */
  ping(): void;
  /**
   * Sends a keepalive frame that the application does not see and whose answer is *not* reported with `ponged()`, such as a
   * WebSocket ping with a payload that identifies its pong. Keeps proxies from cutting a silent connection; optional where there
   * are no proxies.
   */
  keepOpen?(): void;
  /** Sends a notice to the client. */
  notify(notice: Notice): void;
  /** Starts the closing handshake with this close code and reason (at most 123 bytes of UTF-8). */
  close(code: number, reason: string): void;
  /** Drops the connection without a handshake. */
  terminate(): void;
  /** Bytes accepted for sending but not yet taken by the operating system. */
  readonly bufferedBytes: number;
}

/** A session's current connection, as far as decisions need it. The keeper extends it. */
export interface Link {
  /** When something was last sent, as far as known; observed milliseconds. */
  readonly lastSentMs: number;
}

/** The remote end of a connection, as far as the transport knows. */
export interface Peer {
  /** Remote address, without a port. */
  readonly address: string;
  /** The client's name for itself (its User-Agent), already truncated by the transport: see `clientName`. */
  readonly client: string;
  /** The transport, such as `trpc` or `json`. */
  readonly transport: string;
}
