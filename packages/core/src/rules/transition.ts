/** Which state follows which: the pure heart of the life cycle (rules SES1, SES2 and SES5). */

import { type EndReason, endReasons } from "../protocol/endReason.ts";
import type { EndCause, OpeningPhase, SessionState } from "./session.ts";

export type LifecycleEvent =
  /** The hello is right, and its opening is on the way to the ledger. */
  | { readonly type: "hello" }
  /** It is not to become a session: its hello or its opening was refused, or its connection took up another session. */
  | { readonly type: "refused" }
  /** The opening is durable. */
  | { readonly type: "recorded" }
  /** A connection presented the resume token. */
  | { readonly type: "attached" }
  /** The connection in charge is gone, or was declared so. */
  | { readonly type: "lost"; readonly cause: EndCause }
  | { readonly type: "end"; readonly cause: EndCause }
  | { readonly type: "grace_over" };

export type Transition =
  | { readonly to: "recording" }
  /** `supersedes`: another connection is in charge, which the new one replaces. */
  | { readonly to: "active"; readonly resumed: boolean; readonly supersedes: boolean }
  | { readonly to: "suspended"; readonly graceMs: number; readonly loss: EndCause }
  | { readonly to: "ending"; readonly cause: EndCause }
  /** It never was a session: nothing to record but a refusal. */
  | { readonly to: "dropped" }
  | { readonly to: "unchanged" };

/** Losses after which a client may well come back to the same session. */
const resumable: ReadonlySet<EndReason> = new Set(["connection_lost", "unreachable", "unresponsive"]);

/** Tells whether a connection lost for this reason can be taken up again. */
export function isResumable(reason: EndReason): boolean {
  return resumable.has(reason) && endReasons[reason].retry;
}

/** A state as the table tells them apart: opening has three phases. */
type Stage = OpeningPhase | Exclude<SessionState["name"], "opening">;
type StateOf<S extends Stage> = Extract<SessionState, { name: S extends OpeningPhase ? "opening" : S }>;
type EventType = LifecycleEvent["type"];
type EventOf<E extends EventType> = Extract<LifecycleEvent, { type: E }>;

/** What an event does in a state; `graceMs` is the resume grace in force. */
type Cell<S extends Stage, E extends EventType> = (event: EventOf<E>, state: StateOf<S>, graceMs: number) => Transition;
type Table = { readonly [S in Stage]: { readonly [E in EventType]: Cell<S, E> } };

const unchanged = (): Transition => ({ to: "unchanged" });
const nothing = {
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
  over: nothing,
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
    // What its last connection still reports: who says goodbye does not come back, and nothing else is news.
    lost: ({ cause }) => (cause.reason === "client_left" ? { to: "ending", cause } : { to: "unchanged" }),
    end: ending,
    grace_over: (_, { loss }) => ({ to: "ending", cause: { ...loss, resumeExpired: true } }),
  },
  ending: nothing,
  ended: nothing,
};

/** Decides what an event does to a session in `state`. `graceMs` is the resume grace in force; 0 keeps no lost session. */
export function transition(state: SessionState, event: LifecycleEvent, graceMs: number): Transition {
  const stage: Stage = state.name === "opening" ? state.phase : state.name;
  const cell = table[stage][event.type] as (event: LifecycleEvent, state: SessionState, graceMs: number) => Transition;
  return cell(event, state, graceMs);
}
