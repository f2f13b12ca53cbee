/** Messages between the main thread and the courier, the thread that posts to webhooks. */
import type { DeliveryReport } from "../ledger/write/deliveryWriter.ts";
import type { Webhook } from "./webhook.ts";

export interface CourierStart {
  /** The database, which it only reads. */
  readonly file: string;
  readonly webhooks: readonly Webhook[];
  /** The wait after the first failure; longer ones are multiples of it. Default: a second. */
  readonly firstWaitMs?: number | undefined;
}

export type ToCourier =
  | { readonly type: "stored"; readonly number: number; readonly ok: boolean }
  /** Deliver for this long what can be delivered, then end. */
  | { readonly type: "close"; readonly withinMs: number };

/** How deliveries to a webhook go at the moment. */
export interface LaneState {
  /** Whether it failed so often that only one delivery is tried now and then. */
  readonly isDown: boolean;
  readonly failingSinceMs: number | null;
  readonly error: string | null;
}

export type FromCourier =
  /** To be stored, and then answered by `number`. */
  | {
      readonly type: "report";
      readonly number: number;
      readonly webhook: string;
      readonly report: DeliveryReport;
      readonly lane: LaneState;
    }
  | { readonly type: "problem"; readonly message: string };
