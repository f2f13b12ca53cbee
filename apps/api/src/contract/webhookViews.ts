/** Webhooks as operators see them. Fields ending in `AtMs` are epoch milliseconds. */
import type { EndReason } from "@lastbeat/core";

export interface WebhookView {
  readonly name: string;
  /** Scheme, host and port: the rest may hold a secret. `null` if it is no longer configured, and nothing is sent. */
  readonly url: string | null;
  /** Deliveries in the outbox. */
  readonly waiting: number;
  /** When the oldest of them ended, or was sent again. */
  readonly oldestWaitingAtMs: number | null;
  /** Deliveries given up. */
  readonly dead: number;
  /** Since this server started. */
  readonly delivered: number;
  readonly lastDeliveredAtMs: number | null;
  /** Failed attempts since this server started. */
  readonly failed: number;
  /** When the failures began; `null` if the latest attempt succeeded. */
  readonly failingSinceMs: number | null;
  readonly lastError: string | null;
}

/** A delivery that was given up. */
export interface DeadDelivery {
  readonly id: number;
  readonly sessionId: string;
  readonly user: string;
  readonly reason: EndReason;
  readonly endedAtMs: number;
  readonly diedAtMs: number;
  readonly attempts: number;
  /** Why the last attempt failed. */
  readonly error: string;
}

/** Newest first. */
export interface DeadPage {
  readonly deliveries: readonly DeadDelivery[];
  /** Continues after this page; `null` on the last one. */
  readonly nextCursor: string | null;
}
