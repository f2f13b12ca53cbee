/** Messages from the server to a client about its session; the same on every transport. Durations in milliseconds. */

import type { EndReason } from "./endReason.ts";

/** The heartbeat schedule, and the longest silence a client should tolerate. */
export interface HeartbeatTerms {
  readonly intervalMs: number;
  readonly pongTimeoutMs: number;
  readonly maxFailures: number;
  /** The detection bound of `settings/bounds.ts`. A client that has heard nothing for longer reconnects. */
  readonly boundMs: number;
}

/** When the session ends for lack of activity. */
export interface IdleTerms {
  readonly timeoutMs: number;
  readonly warningMs: number;
}

/** Answer to an accepted hello. */
export interface Welcome {
  readonly sessionId: string;
  /** Presented in a later hello to take over or resume the session; replaced at each attach. */
  readonly resumeToken: string;
  readonly resumed: boolean;
  /** How long a session outlives its lost connection, milliseconds; 0 when it ends at once. */
  readonly resumeGraceMs: number;
  readonly heartbeat: HeartbeatTerms;
  readonly idle: IdleTerms;
  readonly settingsRevision: number;
  /** The server's wall clock, epoch milliseconds; for display only. */
  readonly serverTimeMs: number;
}

export type Notice =
  | { readonly type: "terms"; readonly heartbeat: HeartbeatTerms; readonly idle: IdleTerms; readonly settingsRevision: number }
  | { readonly type: "idle_warning"; readonly endsInMs: number }
  | { readonly type: "idle_cleared" }
  /** The server was paused since the last heartbeat. Sent with the next heartbeat, however many pauses there were. */
  | { readonly type: "paused" }
  | {
      readonly type: "ending";
      readonly reason: EndReason;
      readonly code: number;
      /** Whether the client should reconnect. */
      readonly retry: boolean;
      /** How long this client should wait before it reconnects; spread so that a mass end causes no thundering herd. */
      readonly retryAfterMs: number;
      readonly detail: string;
    };
