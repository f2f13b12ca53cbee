/**
 * The states of a client's connection to its session.
 *
 *            start              welcomed               silence, hint
 *   idle ───────────▶ connecting ───────▶ connected ⇄───────────────▶ checking
 *                       ▲    │              │   ▲        heard           │
 *           retry due,  │    │ no answer,   │   └───────────────────────┤
 *           "now"       │    │ lost         │ lost                      │ still silent, lost
 *                       │    ▼              ▼                           │
 *                       └─ waiting ◀────────┴───────────────────────────┘
 *
 *   from every state: closed for good, or left ───▶ ended ── start ──▶ connecting
 */

import type { EndReason } from "../protocol/endReason.ts";
import type { HeartbeatTerms } from "../protocol/notice.ts";
import type { EndingAdvice } from "./closePolicy.ts";
import { doubtAtMs } from "./silence.ts";

/** Why a connection was lost, as far as this side can know. */
export type Loss =
  | { readonly cause: "closed"; readonly code: number; readonly reason: EndReason | null }
  | { readonly cause: "no_answer" }
  | { readonly cause: "silent" }
  | { readonly cause: "left" };

/**
 * The deadline was already noticed late once, and pending input has since had time to be read: the next deadline is final,
 * however late it is noticed. A hidden page's timers may run once per minute, so every one of them is late.
 */
export type Overdue = true;

export type ConnectionState =
  | { readonly name: "idle" }
  | {
      readonly name: "connecting";
      /** 0 for the first attempt. */
      readonly attempt: number;
      /** The hello carries a resume ticket. */
      readonly resuming: boolean;
      readonly giveUpAtMs: number;
      readonly overdue?: Overdue;
      readonly advice: EndingAdvice | null;
      /** Why the previous connection was lost; `null` when there was none. */
      readonly lostBy: Loss | null;
    }
  | ({ readonly name: "connected" } & Attached)
  | ({
      readonly name: "checking";
      readonly why: "silence" | "hint" | "pause";
      readonly giveUpAtMs: number;
      readonly overdue?: Overdue;
    } & Attached)
  | {
      readonly name: "waiting";
      /** The number of the next attempt. */
      readonly attempt: number;
      readonly sinceMs: number;
      readonly retryAtMs: number;
      /** The server gave the delay, so no hint shortens it. */
      readonly advised: boolean;
      /**
       * Why the connection was lost, however many attempts have failed since; if there never was one, why the latest attempt
       * failed.
       */
      readonly loss: Loss;
      /** Why the latest attempt to reconnect failed; `null` before the first, and when there never was a connection. */
      readonly lastTry: Loss | null;
      /** Whether there was a connection before. */
      readonly wasConnected: boolean;
    }
  | { readonly name: "ended"; readonly loss: Loss };

export interface Attached {
  /** The number of the attempt that succeeded. */
  readonly attempt: number;
  readonly sinceMs: number;
  readonly heardAtMs: number;
  readonly terms: HeartbeatTerms;
  /** It sends heartbeats of its own, so that the server need not (rule HB10). */
  readonly drives: boolean;
  readonly advice: EndingAdvice | null;
}

/** Whether there is a connection, in doubt or not. */
export function isAttached(state: ConnectionState): state is ConnectionState & Attached {
  return "terms" in state;
}

/** The deadline of this state; `null` when it has none. */
export function deadlineOf(state: ConnectionState): number | null {
  switch (state.name) {
    case "idle":
    case "ended":
      return null;
    case "connecting":
    case "checking":
      return state.giveUpAtMs;
    case "connected":
      return doubtAtMs(state.heardAtMs, state.terms, state.drives);
    case "waiting":
      return state.retryAtMs;
  }
}
