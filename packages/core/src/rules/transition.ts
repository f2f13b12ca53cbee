/** The session state machine as a pure transition table (rules SES1, SES2 and SES5). */

import { type EndReason, endReasons } from "../protocol/endReason.ts";
import type { EndCause, OpeningPhase, SessionState } from "./session.ts";

export type LifecycleEvent =
  /** The hello is valid; its opening is about to be written to the ledger. */
  | { readonly type: "hello" }
  /** It will not become a session: its hello or opening was refused, or its connection resumed another session. */
  | { readonly type: "refused" }
  /** The opening is durable. */
  | { readonly type: "recorded" }
  /** A connection presented the resume token. */
  | { readonly type: "attached" }
  /** The current connection is gone, or was declared gone. */
  | { readonly type: "lost"; readonly cause: EndCause }
  | { readonly type: "end"; readonly cause: EndCause }
  | { readonly type: "grace_over" };

export type Transition =
  | { readonly to: "recording" }
  /** `supersedes`: the new connection replaces the current one. */
  | { readonly to: "active"; readonly resumed: boolean; readonly supersedes: boolean }
  | { readonly to: "suspended"; readonly graceMs: number; readonly loss: EndCause }
  | { readonly to: "ending"; readonly cause: EndCause }
  /** It never was a session: only a refusal is counted. */
  | { readonly to: "dropped" }
  | { readonly to: "unchanged" };

/** Losses after which a client may still resume the session. */
const resumable: ReadonlySet<EndReason> = new Set(["connection_lost", "unreachable", "unresponsive"]);

/** Whether a session whose connection was lost for this reason can be resumed. */
export function isResumable(reason: EndReason): boolean {
  return resumable.has(reason) && endReasons[reason].retry;
}

/** A row of the table: a state, with the three phases of `opening` as rows of their own. */
type Stage = OpeningPhase | Exclude<SessionState["name"], "opening">;
type StateOf<S extends Stage> = Extract<SessionState, { name: S extends OpeningPhase ? "opening" : S }>;
type EventType = LifecycleEvent["type"];
type EventOf<E extends EventType> = Extract<LifecycleEvent, { type: E }>;

/** What an event does in a state; `graceMs` is the resume grace in force. */
type Cell<S extends Stage, E extends EventType> = (event: EventOf<E>, state: StateOf<S>, graceMs: number) => Transition;
type Table = { readonly [S in Stage]: { readonly [E in EventType]: Cell<S, E> } };

const unchanged = (): Transition => ({ to: "unchanged" });
const final = {
  hello: unchanged,
  refused: unchanged,
  recorded: unchanged,
  attached: unchanged,
  lost: unchanged,
  end: unchanged,
  grace_over: unchanged,
};
const dropped = (): Transition => ({ to: "dropped" });
const ending = ({ cause }: { readonly cause: EndCause }): Transition => ({ to: "ending", cause });

const table: Table = {
  awaiting_hello: {
    hello: () => ({ to: "recording" }),
    refused: dropped,
    recorded: unchanged,
    attached: unchanged,
    lost: dropped,
    end: dropped,
    grace_over: unchanged,
  },
  recording: {
    hello: unchanged,
    refused: dropped,
    recorded: () => ({ to: "active", resumed: false, supersedes: false }),
    attached: unchanged,
    lost: ending,
    end: ending,
    grace_over: unchanged,
  },
  over: final,
  active: {
    hello: unchanged,
    refused: unchanged,
    recorded: unchanged,
    attached: () => ({ to: "active", resumed: true, supersedes: true }),
    lost: ({ cause }, _, graceMs) =>
      graceMs > 0 && isResumable(cause.reason) ? { to: "suspended", graceMs, loss: cause } : { to: "ending", cause },
    end: ending,
    grace_over: unchanged,
  },
  suspended: {
    hello: unchanged,
    refused: unchanged,
    recorded: unchanged,
    attached: () => ({ to: "active", resumed: true, supersedes: false }),
    // A late report of its last connection. A client that said goodbye will not come back; anything else changes nothing.
    lost: ({ cause }) => (cause.reason === "client_left" ? { to: "ending", cause } : { to: "unchanged" }),
    end: ending,
    grace_over: (_, { loss }) => ({ to: "ending", cause: { ...loss, resumeExpired: true } }),
  },
  ending: final,
  ended: final,
};

/** Decides what an event does to a session in `state`. `graceMs` is the resume grace in force; 0 ends a lost session at once. */
export function transition(state: SessionState, event: LifecycleEvent, graceMs: number): Transition {
  const stage: Stage = state.name === "opening" ? state.phase : state.name;
  const cell = table[stage][event.type] as (event: LifecycleEvent, state: SessionState, graceMs: number) => Transition;
  return cell(event, state, graceMs);
}
