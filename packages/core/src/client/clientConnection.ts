/**
 * Drives the connection state machine: one timer for its one deadline, and one link at a time; late reports from older links are
 * ignored. Events are processed one at a time, even when a link reports something from within a call to it.
 */
import { NO_CLOSE_FRAME } from "../protocol/close.ts";
import { type ConnectionState, deadlineOf, isAttached } from "./connectionState.ts";
import {
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionTiming,
  defaultTiming,
  stepConnection,
} from "./connectionStep.ts";
import { DeadlineTimer } from "./deadlineTimer.ts";
import { OwnBeats } from "./ownBeats.ts";
import type { ClientClock, ClientLink, ClientLinkListener, Dial, ResumeTicket } from "./ports.ts";
import { asksWithBeat } from "./silence.ts";

export interface ClientConnectionOptions {
  readonly dial: Dial;
  readonly clock: ClientClock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly timing?: Partial<ConnectionTiming>;
  /** A ticket from an earlier connection, for example from before a page reload. */
  readonly ticket?: ResumeTicket | null;
  /** Called after every change of state, except when only `heardAtMs` changed. */
  readonly onState?: (state: ConnectionState) => void;
}

export interface ClientConnection {
  readonly state: ConnectionState;
  /** Presented at the next hello; `null` when the session is over or was never opened. */
  readonly ticket: ResumeTicket | null;
  /** Connects: for the first time, after an end, or immediately instead of when the retry is due. A no-op while connected. */
  start(): void;
  /** Ends the connection for good on this side. Say goodbye to the server first. */
  leave(): void;
  /** The network may have changed: probes when connected; `online` also triggers a pending retry. */
  hint(online: boolean): void;
}

/** Creates an idle connection; `start()` opens it. Network failures never throw. */
export function createClientConnection(options: ClientConnectionOptions): ClientConnection {
  return new Driver(options);
}

class Driver implements ClientConnection {
  state: ConnectionState = { name: "idle" };
  ticket: ResumeTicket | null;
  readonly #options: ClientConnectionOptions;
  readonly #timing: ConnectionTiming;
  #link: ClientLink | null = null;
  /** Incremented whenever a link is opened or dropped, so that reports from older links are recognised. */
  #generation = 0;
  readonly #timer: DeadlineTimer;
  readonly #ownBeats: OwnBeats;
  readonly #tasks: (() => void)[] = [];
  #running = false;

  constructor(options: ClientConnectionOptions) {
    this.#options = options;
    this.#timing = { ...defaultTiming, ...options.timing };
    this.ticket = options.ticket ?? null;
    const { clock, random } = options;
    const inTurn: ClientClock = {
      nowMs: () => clock.nowMs(),
      after: (delayMs, callback) => clock.after(delayMs, () => this.#inTurn(callback)),
    };
    this.#timer = new DeadlineTimer(inTurn, (lateMs) => this.#apply({ type: "due", lateMs }));
    this.#ownBeats = new OwnBeats({ clock: inTurn, random, beat: () => this.#beat() });
  }

  start(): void {
    this.#inTurn(() => this.#apply({ type: "start" }));
  }

  leave(): void {
    this.#inTurn(() => this.#apply({ type: "left" }));
  }

  hint(online: boolean): void {
    // The page is running, even if its timers are throttled: an overdue deadline is handled first.
    this.#inTurn(() => this.#timer.look());
    this.#inTurn(() => this.#apply({ type: "hint", online }));
  }

  /** Runs a task now, or after the task under way. */
  #inTurn(task: () => void): void {
    this.#tasks.push(task);
    if (this.#running) return;
    this.#running = true;
    try {
      for (let next = this.#tasks.shift(); next !== undefined; next = this.#tasks.shift()) next();
    } finally {
      this.#running = false;
    }
  }

  #apply(event: ConnectionEvent): void {
    const { clock, random, onState } = this.#options;
    const before = this.state;
    const { state, effects } = stepConnection(before, event, {
      nowMs: clock.nowMs(),
      random: random(),
      hasTicket: this.ticket !== null,
      timing: this.#timing,
    });
    this.state = state;
    // Before the effects, so that no waiting state is left without a timer, whatever an effect does.
    this.#timer.set(deadlineOf(state));
    this.#ownBeats.follow(isAttached(state) && state.drives ? state.terms.intervalMs : 0);
    for (const effect of effects) this.#perform(effect);
    if (state.name === "waiting" || state.name === "ended") this.#dropLink();
    if (state !== before && !(event.type === "heard" && state.name === before.name)) onState?.(state);
  }

  #perform(effect: ConnectionEffect): void {
    switch (effect) {
      case "open":
        this.#generation += 1;
        this.#link = this.#dial(this.#listener(this.#generation));
        return;
      case "probe":
        this.#link?.probe();
        return;
      case "abandon": {
        const link = this.#link;
        this.#dropLink();
        link?.abandon();
        return;
      }
      case "forget_ticket":
        this.ticket = null;
        return;
    }
  }

  /** Dials. A dial that throws counts as a socket that never opened. */
  #dial(listener: ClientLinkListener): ClientLink | null {
    try {
      return this.#options.dial(this.ticket, listener);
    } catch {
      listener.closed(NO_CLOSE_FRAME, "");
      return null;
    }
  }

  #dropLink(): void {
    this.#generation += 1;
    this.#link = null;
  }

  #beat(): void {
    const { state } = this;
    if (isAttached(state)) this.#link?.beat?.(asksWithBeat(state.heardAtMs, this.#options.clock.nowMs(), state.terms));
  }

  #listener(generation: number): ClientLinkListener {
    const report = (task: () => void) => {
      this.#inTurn(() => {
        if (generation === this.#generation) task();
      });
    };
    const apply = (event: ConnectionEvent) => report(() => this.#apply(event));
    return {
      heard: () => apply({ type: "heard" }),
      welcomed: (welcome) =>
        report(() => {
          this.ticket = { sessionId: welcome.sessionId, token: welcome.resumeToken };
          this.#apply({ type: "welcomed", terms: welcome.heartbeat, drives: this.#link?.beat !== undefined });
        }),
      noticed: (notice) => {
        if (notice.type === "terms") apply({ type: "terms", terms: notice.heartbeat });
        if (notice.type === "ending") apply({ type: "advised", advice: notice });
      },
      sent: () => {
        if (generation === this.#generation) this.#ownBeats.sent();
      },
      closed: (code, reason) => apply({ type: "closed", code, reason }),
    };
  }
}
