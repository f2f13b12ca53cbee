/** The client's ports. None depends on a browser, so everything runs under a virtual clock. */

import type { Disposer } from "../ports/clock.ts";
import type { Notice, Welcome } from "../protocol/notice.ts";

export interface ClientClock {
  /** Milliseconds that never go backwards, from an arbitrary origin. */
  nowMs(): number;
  /** Calls back once, `delayMs` from now or later. */
  after(delayMs: number, callback: () => void): Disposer;
}

/** Proof that a session belongs to this client, from its last welcome. */
export interface ResumeTicket {
  readonly sessionId: string;
  readonly token: string;
}

/** What a link reports. Reports from an abandoned link are ignored, so they may be late or repeated. */
export interface ClientLinkListener {
  /** A frame of any kind arrived. */
  heard(): void;
  welcomed(welcome: Welcome): void;
  noticed(notice: Notice): void;
  /** A frame of any kind was sent. Only links that `beat` need to report it: it takes the place of the next beat. */
  sent(): void;
  /** The socket closed or never opened; 1006 when there was no close frame. */
  closed(code: number, reason: string): void;
}

/** One connection to the server. */
export interface ClientLink {
  /** Sends something the server answers at once. */
  probe(): void;
  /**
   * Sends a heartbeat of the client's own (rule HB10); if `asks`, something that the server answers at once. Links that have this
   * have said `beats: "client"` in their hello, and are called once per interval of the terms.
   */
  beat?(asks: boolean): void;
  /** Drops the connection without waiting for the other side. */
  abandon(): void;
}

/** Opens a connection and sends the hello, with the ticket if there is one. */
export type Dial = (ticket: ResumeTicket | null, listener: ClientLinkListener) => ClientLink;
