/** What the client side needs of its surroundings. Nothing here knows a browser, so all of it runs under a virtual clock. */

import type { Disposer } from "../ports/clock.ts";
import type { Notice, Welcome } from "../protocol/notice.ts";

export interface ClientClock {
  /** Milliseconds that never go backwards; origin arbitrary. */
  nowMs(): number;
  /** Calls back once, `delayMs` from now or later. */
  after(delayMs: number, callback: () => void): Disposer;
}

/** Proof that a session is this client's, from its last welcome. */
export interface ResumeTicket {
  readonly sessionId: string;
  readonly token: string;
}

/** What a link reports. Reports of a link that was given up are dropped, so they may come late or twice. */
export interface ClientLinkListener {
  /** A frame of any kind arrived. */
  heard(): void;
  welcomed(welcome: Welcome): void;
  noticed(notice: Notice): void;
  /** The socket closed or never opened; 1006 when there was no close frame. */
  closed(code: number, reason: string): void;
}

/** One connection to the server. */
export interface ClientLink {
  /** Sends something the server answers at once. */
  probe(): void;
  /** Drops the connection on this side without waiting for the other. */
  abandon(): void;
}

/** Opens a connection and says hello on it, with the ticket when there is one. */
export type Dial = (ticket: ResumeTicket | null, listener: ClientLinkListener) => ClientLink;
