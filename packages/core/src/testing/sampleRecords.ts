/** Session records in each state, for tests of decisions that need no keeper. */

import { type Active, type LiveState, newSessionRecord, type SessionLink, type SessionRecord } from "../keeper/record.ts";
import type { SessionEnd } from "../ports/ledger.ts";
import type { EndReason } from "../protocol/endReason.ts";
import { type Heartbeat, NONE } from "../rules/heartbeat.ts";
import type { EndCause } from "../rules/session.ts";

/** A connection that no decision reads. */
const link = { lastSentMs: 0 } as SessionLink;

function newActiveState({ driven, dueMs }: Pick<Heartbeat, "driven" | "dueMs">): Active {
  return {
    name: "active",
    link,
    driven,
    misses: 0,
    dueMs,
    sentMs: NONE,
    sentMonoMs: 0,
    limitMs: 0,
    pauses: 0,
    renewals: 0,
    transportAnswered: false,
    suspectMs: NONE,
  };
}

/** The state of an attached session whose first beat is due at `dueMs`. */
export const sampleBeat = (dueMs: number): Active => newActiveState({ driven: false, dueMs });

/** The state of an attached session whose client drives, and is looked for at `dueMs`. */
export const sampleDrivenBeat = (dueMs: number): Active => newActiveState({ driven: true, dueMs });

export function sampleCause(reason: EndReason, changes: Partial<EndCause> = {}): EndCause {
  return { reason, detail: `ended as ${reason}`, causeMs: 0, ...changes };
}

/** One state of each kind, at observed time 0. */
export const sampleStates = {
  opening: (helloByMs = 10_000): LiveState => ({
    name: "opening",
    link,
    helloByMs,
    bytes: 0,
    frames: 0,
    phase: "awaiting_hello",
  }),
  recording: (helloByMs = 10_000): LiveState => ({
    name: "opening",
    link,
    helloByMs,
    bytes: 0,
    frames: 0,
    phase: "recording",
  }),
  over: (): LiveState => ({ name: "opening", link, helloByMs: 10_000, bytes: 0, frames: 0, phase: "over" }),
  active: (beat: Partial<Heartbeat> = {}): LiveState => ({ ...sampleBeat(30_000), ...beat }),
  suspended: (untilMs = 60_000, loss = sampleCause("connection_lost")): LiveState => ({
    name: "suspended",
    sinceMs: 0,
    untilMs,
    loss,
    misses: 0,
  }),
  ending: (detectedMs = 0, cause = sampleCause("idle")): LiveState => ({
    name: "ending",
    cause,
    detectedMs,
    misses: 0,
    waiting: null,
  }),
  ended: (): LiveState => ({ name: "ended", end: {} as SessionEnd }),
} as const;

let made = 0;

/** A record whose times are all 0, in `state`, with `changes`. */
export function sampleRecord(state: LiveState = sampleStates.active(), changes: Partial<SessionRecord> = {}): SessionRecord {
  made += 1;
  const id = `session_sample${made}`;
  const peer = { address: "192.0.2.1", client: "test", transport: "fake" };
  const record = newSessionRecord({ id, peer, link, helloByMs: 10_000, nowMs: 0, monoMs: 0 });
  return Object.assign(record, { state }, changes);
}
