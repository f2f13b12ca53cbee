/** What the server tells a client about its own session, the same on every transport. Durations in milliseconds. */

import type { EndReason } from "./endReason.ts";

/** How often the client is asked for a sign of life, and the longest silence that is normal. */
export interface HeartbeatTerms {
  readonly intervalMs: number;
  readonly pongTimeoutMs: number;
  readonly maxFailures: number;
  /** The detection bound of `settings/bounds.ts`; a client that heard nothing for longer reconnects. */
  readonly boundMs: number;
}

/** When the session ends for want of activity. */
export interface IdleTerms {
  readonly timeoutMs: number;
  readonly warningMs: number;
}

/** Answer to an accepted hello. */
export interface Welcome {
  readonly sessionId: string;
  /** Presented in a later hello to take the session over or to resume it; replaced at each attach. */
  readonly resumeToken: string;
  readonly resumed: boolean;
  /** Milliseconds for which a lost session is kept; 0 when sessions are not kept. */
  readonly resumeGraceMs: number;
  readonly heartbeat: HeartbeatTerms;
  readonly idle: IdleTerms;
  readonly settingsRevision: number;
  /** Wall clock of the server, epoch milliseconds, for display only. */
  readonly serverTimeMs: number;
}

export type Notice =
  | { readonly type: "terms"; readonly heartbeat: HeartbeatTerms; readonly idle: IdleTerms; readonly settingsRevision: number }
  | { readonly type: "idle_warning"; readonly endsInMs: number }
  | { readonly type: "idle_cleared" }
  /** The server stood still since the last heartbeat; comes with the next one, once for each time that it did. */
  | { readonly type: "paused" }
  | {
      readonly type: "ending";
      readonly reason: EndReason;
      readonly code: number;
      /** Whether coming back makes sense. */
      readonly retry: boolean;
      /** This client's own delay before it should come back; spread so that a mass end causes no herd. */
      readonly retryAfterMs: number;
      readonly detail: string;
    };
