/** The application's handle on a session: a thin facade over the record, created on first use. */

import type { Disposer } from "../ports/clock.ts";
import type { SessionEnd } from "../ports/ledger.ts";
import type { SessionSocket } from "../ports/socket.ts";
import { causeOf } from "../ports/thrown.ts";
import { BEATS_KEPT, type Beat } from "./beatHistory.ts";
import { type Engine, openedAtMs, wallAt } from "./engine.ts";
import { markActive } from "./idle.ts";
import { end } from "./lifecycle.ts";
import { isOver, linkOf, type SessionRecord } from "./record.ts";
import { addBusy, addResource, endBusy, giveUpResource, newHoldings, type Resource, startRelease } from "./resources.ts";
import type { Session, SessionSnapshot } from "./types.ts";

export class SessionHandle implements Session {
  readonly #engine: Engine;
  readonly #record: SessionRecord;

  constructor(engine: Engine, record: SessionRecord) {
    this.#engine = engine;
    this.#record = record;
  }

  get id() {
    return this.#record.id;
  }
  get user() {
    return this.#record.user;
  }
  get userId() {
    return this.#record.userId;
  }
  get kind() {
    return this.#record.kind;
  }
  get peer() {
    return this.#record.peer;
  }
  get openedAtMs() {
    return openedAtMs(this.#engine, this.#record);
  }
  get state() {
    return this.#record.state.name;
  }
  get misses() {
    const { state } = this.#record;
    return state.name === "active" ? state.misses : 0;
  }
  get seenMonoMs() {
    return this.#record.seenMonoMs;
  }
  get activeMonoMs() {
    return this.#record.activeMonoMs;
  }
  get lastRoundTripMs() {
    return this.#engine.history.latest(this.#record.beatMark);
  }
  get socket(): SessionSocket | null {
    return linkOf(this.#record)?.socket ?? null;
  }
  get room() {
    return this.#record.room;
  }
  set room(room: string | null) {
    this.#record.room = room;
  }

  get data() {
    return this.#record.data;
  }
  set data(data: unknown) {
    this.#record.data = data;
  }

  touch(): void {
    markActive(this.#engine, this.#record, "something the user did");
  }

  own(name: string, target: Disposable | AsyncDisposable, { bytes = 0 }: { readonly bytes?: number } = {}): Disposer {
    if (isOver(this.#record)) {
      releaseNow(this.#engine, this.id, { name, bytes, target });
      return () => {};
    }
    this.#record.holdings ??= newHoldings();
    const holdings = this.#record.holdings;
    const resource = addResource(holdings, { name, bytes, target });
    return () => {
      giveUpResource(holdings, resource);
    };
  }

  busy(label: string): Disposable {
    if (isOver(this.#record)) return { [Symbol.dispose]() {} };
    this.#record.holdings ??= newHoldings();
    const { holdings } = this.#record;
    addBusy(holdings, label);
    // Clears the idle warning in force: work that runs for the user defers idleness (rule TO3).
    if (this.#record.idleWarnedMs >= 0) markActive(this.#engine, this.#record, `the start of ${label}`);
    let done = false;
    return {
      [Symbol.dispose]: () => {
        if (done) return;
        done = true;
        endBusy(holdings, label);
        markActive(this.#engine, this.#record, `the end of ${label}`);
      },
    };
  }

  end(detail = "ended by the application"): Promise<SessionEnd> {
    return end(this.#engine, this.#record, { reason: "ended_by_application", detail, causeMs: this.#engine.observed.nowMs });
  }

  snapshot(): SessionSnapshot {
    const record = this.#record;
    const { state, holdings } = record;
    const misses = state.name === "active" ? state.misses : 0;
    return {
      id: record.id,
      kind: record.kind,
      user: record.user,
      userId: record.userId,
      room: record.room,
      peer: record.peer,
      state: state.name,
      suspect: misses > 0,
      epoch: record.epoch,
      openedAtMs: openedAtMs(this.#engine, record),
      lastSeenAtMs: wallAt(this.#engine, record.seenMonoMs),
      lastActiveAtMs: wallAt(this.#engine, record.activeMonoMs),
      misses,
      beats: beatsOf(this.#engine, record),
      busy: holdings === null ? [] : [...holdings.busy],
      declaredBytes: holdings?.bytes ?? 0,
      resources: holdings === null ? [] : holdings.resources.map(({ name }) => name),
    };
  }
}

/** The beat history. A pause enters it only with the next beat, so until then it is appended here. */
function beatsOf(engine: Engine, { state, beatMark }: SessionRecord): Beat[] {
  const beats = engine.history.read(beatMark);
  if (state.name !== "active" || state.pauses === engine.observed.pauses) return beats;
  return [...beats, -1].slice(-BEATS_KEPT);
}

/** Releases a resource that is handed to a session that is already over. */
function releaseNow(engine: Engine, sessionId: string, resource: Resource): void {
  const report = (thrown: unknown) =>
    engine.log.error(`Session ${sessionId}: resource ${resource.name} was not released`, { cause: causeOf(thrown) });
  try {
    startRelease(resource)?.then(undefined, report);
  } catch (thrown) {
    report(thrown);
  }
}
