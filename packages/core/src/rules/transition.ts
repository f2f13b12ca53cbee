/** Which state follows which: the pure heart of the life cycle (rules SES1, 2 and 5). */

import { type EndReason, endReasons } from "../protocol/endReason.ts";
import type { EndCause, OpeningPhase, SessionState } from "./session.ts";

export type LifecycleEvent =
  /** The opening is durable. */
  | { readonly type: "recorded" }
  /** A connection presented the resume token. */
  | { readonly type: "attached" }
  /** The connection in charge is gone, or was declared so. */
  | { readonly type: "lost"; readonly cause: EndCause }
  | { readonly type: "end"; readonly cause: EndCause }
  | { readonly type: "grace_over" };

export type Transition =
  | { readonly to: "active"; readonly resumed: boolean; readonly supersedes: boolean }
  | { readonly to: "suspended"; readonly graceMs: number; readonly loss: EndCause }
  | { readonly to: "ending"; readonly cause: EndCause }
  /** It never said hello, so it never was a session: nothing to record but a refusal. */
  | { readonly to: "dropped" }
  | { readonly to: "unchanged" };

const UNCHANGED: Transition = { to: "unchanged" };
const DROPPED: Transition = { to: "dropped" };

/** Losses after which a client may well come back to the same session. */
const resumable: ReadonlySet<EndReason> = new Set(["connection_lost", "unreachable", "unresponsive"]);

/** Tells whether a connection lost for this reason can be taken up again. */
export function isResumable(reason: EndReason): boolean {
  return resumable.has(reason) && endReasons[reason].retry;
}

/** Decides what an event does to a session in `state`. `graceMs` is the resume grace in force; 0 keeps no lost session. */
export function transition(state: SessionState, event: LifecycleEvent, graceMs: number): Transition {
  switch (state.kind) {
    case "opening":
      return fromOpening(state.phase, event);
    case "active":
      return fromActive(event, graceMs);
    case "suspended":
      return fromSuspended(state.loss, event);
    case "ending":
    case "ended":
      return UNCHANGED;
  }
}

function fromOpening(phase: OpeningPhase, event: LifecycleEvent): Transition {
  if (phase === "over") return UNCHANGED;
  switch (event.type) {
    case "recorded":
      return phase === "recording" ? { to: "active", resumed: false, supersedes: false } : UNCHANGED;
    case "lost":
    case "end":
      return phase === "recording" ? { to: "ending", cause: event.cause } : DROPPED;
    case "attached":
    case "grace_over":
      return UNCHANGED;
  }
}

function fromActive(event: LifecycleEvent, graceMs: number): Transition {
  switch (event.type) {
    case "attached":
      return { to: "active", resumed: true, supersedes: true };
    case "lost":
      if (graceMs > 0 && isResumable(event.cause.reason)) return { to: "suspended", graceMs, loss: event.cause };
      return { to: "ending", cause: event.cause };
    case "end":
      return { to: "ending", cause: event.cause };
    case "recorded":
    case "grace_over":
      return UNCHANGED;
  }
}

function fromSuspended(loss: EndCause, event: LifecycleEvent): Transition {
  switch (event.type) {
    case "attached":
      return { to: "active", resumed: true, supersedes: false };
    case "grace_over":
      return { to: "ending", cause: { ...loss, resumeExpired: true } };
    case "end":
      return { to: "ending", cause: event.cause };
    case "lost":
      // What its last connection still reports: who says goodbye does not come back, and nothing else is news.
      return event.cause.reason === "client_left" ? { to: "ending", cause: event.cause } : UNCHANGED;
    case "recorded":
      return UNCHANGED;
  }
}
