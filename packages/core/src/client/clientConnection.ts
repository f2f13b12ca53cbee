/**
 * Drives the connection machine: one timer for its one deadline, one link at a time, late reports of older links dropped.
 * Each event is finished before the next begins, also when a link reports something from within a call of its own.
 */
import type { Disposer } from "../ports/clock.ts";
import type { HeartbeatTerms, Notice, Welcome } from "../protocol/notice.ts";
import { type ConnectionState, deadlineOf } from "./connectionState.ts";
import {
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionTiming,
  defaultTiming,
  stepConnection,
} from "./connectionStep.ts";
import type { ClientClock, ClientLink, ClientLinkListener, Dial, ResumeTicket } from "./ports.ts";

export interface ClientConnectionOptions {
  readonly dial: Dial;
  readonly clock: ClientClock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly timing?: Partial<ConnectionTiming>;
  /** A ticket kept from before, such as before a reload of the page. */
  readonly ticket?: ResumeTicket | null;
  /** Called after every change of state, but not for each frame heard. */
  readonly onState?: (state: ConnectionState) => void;
}

export interface ClientConnection {
  readonly state: ConnectionState;
  /** Presented at the next hello; `null` when the session is over or was never opened. */
  readonly ticket: ResumeTicket | null;
  /** Connects: at first, again after an end, or now instead of when the retry is due. No effect while connected. */
  start(): void;
  /** Ends it for good on this side. Say goodbye to the server before. */
  leave(): void;
  /** The network may have changed: probes when connected; `online` also brings a retry forward. */
  hint(online: boolean): void;
}

/** Creates a connection at rest; `start()` opens it. Never throws for what the network does. */
export function createClientConnection(options: ClientConnectionOptions): ClientConnection {
  return new Driver(options);
}

class Driver implements ClientConnection {
  state: ConnectionState = { name: "idle" };
  ticket: ResumeTicket | null;
  readonly #options: ClientConnectionOptions;
  readonly #timing: ConnectionTiming;
  #link: ClientLink | null = null;
  /** Raised whenever a link is taken up or given up, so that what an older one reports is recognised. */
  #generation = 0;
  #timer: { readonly dueAtMs: number; readonly cancel: Disposer } | null = null;
  readonly #tasks: (() => void)[] = [];
  #running = false;

  constructor(options: ClientConnectionOptions) {
    this.#options = options;
    this.#timing = { ...defaultTiming, ...options.timing };
    this.ticket = options.ticket ?? null;
  }

  start(): void {
    this.#inTurn(() => this.#apply({ type: "start" }));
  }

  leave(): void {
    this.#inTurn(() => this.#apply({ type: "left" }));
  }

  hint(online: boolean): void {
    this.#inTurn(() => {
      // The page runs now, whatever its timers do: what fell due meanwhile comes first.
      const dueAtMs = deadlineOf(this.state);
      if (dueAtMs !== null && this.#options.clock.nowMs() >= dueAtMs) this.#fired(this.#timer?.dueAtMs ?? dueAtMs);
    });
    this.#inTurn(() => this.#apply({ type: "hint", online }));
  }

  /** Runs a task at once, or after the one under way. */
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
    // First of all, so that whatever an effect does, no state that waits is left without a timer.
    this.#arm();
    for (const effect of effects) this.#perform(effect);
    if (state.name === "waiting" || state.name === "ended") this.#letGo();
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
        this.#letGo();
        link?.abandon();
        return;
      }
      case "forget_ticket":
        this.ticket = null;
        return;
    }
  }

  /** A dial that throws counts as a socket that never opened. */
  #dial(listener: ClientLinkListener): ClientLink | null {
    try {
      return this.#options.dial(this.ticket, listener);
    } catch {
      listener.closed(1006, "");
      return null;
    }
  }

  #letGo(): void {
    this.#generation += 1;
    this.#link = null;
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
          this.ticket = ticketOf(welcome);
          this.#apply({ type: "welcomed", terms: welcome.heartbeat });
        }),
      noticed: (notice) => {
        const event = eventOf(notice);
        if (event !== null) apply(event);
      },
      closed: (code, reason) => apply({ type: "closed", code, reason }),
    };
  }

  #arm(): void {
    const dueAtMs = deadlineOf(this.state);
    // Frames move the deadline far more often than it falls due: a timer that fires early is armed again for the rest.
    if (this.#timer !== null && dueAtMs !== null && this.#timer.dueAtMs <= dueAtMs) return;
    this.#timer?.cancel();
    this.#timer = null;
    if (dueAtMs === null) return;
    const { clock } = this.#options;
    const cancel = clock.after(Math.max(0, dueAtMs - clock.nowMs()), () => this.#inTurn(() => this.#fired(dueAtMs)));
    this.#timer = { dueAtMs, cancel };
  }

  #fired(timerDueAtMs: number): void {
    this.#timer?.cancel();
    this.#timer = null;
    const nowMs = this.#options.clock.nowMs();
    const dueAtMs = deadlineOf(this.state);
    if (dueAtMs === null) return;
    if (nowMs < dueAtMs) {
      this.#arm();
      return;
    }
    // Late against the timer's own time too: the page slept through an earlier moment and has not read its queue since.
    this.#apply({ type: "due", lateMs: nowMs - Math.min(dueAtMs, timerDueAtMs) });
  }
}

function ticketOf({ sessionId, resumeToken }: Welcome): ResumeTicket {
  return { sessionId, token: resumeToken };
}

function eventOf(notice: Notice): ConnectionEvent | null {
  switch (notice.type) {
    case "terms":
      return termsEvent(notice.heartbeat);
    case "ending": {
      const { reason, retry, retryAfterMs } = notice;
      return { type: "advised", advice: { reason, retry, retryAfterMs } };
    }
    case "idle_warning":
    case "idle_cleared":
    case "paused":
      return null;
  }
}

function termsEvent(terms: HeartbeatTerms): ConnectionEvent {
  return { type: "terms", terms };
}
