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

/** Why a connection is no more, as far as this side can know. */
export type Loss =
  | { readonly cause: "closed"; readonly code: number; readonly reason: EndReason | null }
  | { readonly cause: "no_answer" }
  | { readonly cause: "silent" }
  | { readonly cause: "left" };

/**
 * Its deadline was noticed late once already, and what waited to be read had time to be: the next one is judged, however late that is
 * noticed. A hidden page's timers may run once per minute, and each of them is late.
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
      /** Why the connection was lost that this one is to replace; `null` when there was none. */
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
      /** The number of the attempt it waits for. */
      readonly attempt: number;
      readonly sinceMs: number;
      readonly retryAtMs: number;
      /** The server named the delay, so no hint shortens it. */
      readonly advised: boolean;
      /** Why the connection was lost, however many tries have failed since; of the latest try when there never was a connection. */
      readonly loss: Loss;
      /** How the latest try to come back failed; `null` before the first, and when there never was a connection. */
      readonly lastTry: Loss | null;
      /** There was a connection to lose. */
      readonly wasConnected: boolean;
    }
  | { readonly name: "ended"; readonly loss: Loss };

export interface Attached {
  /** The number of the attempt that succeeded. */
  readonly attempt: number;
  readonly sinceMs: number;
  readonly heardAtMs: number;
  readonly terms: HeartbeatTerms;
  readonly advice: EndingAdvice | null;
}

/** The one moment at which something is due in this state; `null` when it waits for no time. */
export function deadlineOf(state: ConnectionState): number | null {
  switch (state.name) {
    case "idle":
    case "ended":
      return null;
    case "connecting":
    case "checking":
      return state.giveUpAtMs;
    case "connected":
      return doubtAtMs(state.heardAtMs, state.terms);
    case "waiting":
      return state.retryAtMs;
  }
}
