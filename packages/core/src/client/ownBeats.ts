/** The client's own heartbeats (rule HB10): one per interval since the last frame that was sent. */
import { DeadlineTimer } from "./deadlineTimer.ts";
import type { ClientClock } from "./ports.ts";

export interface OwnBeatsOptions {
  readonly clock: ClientClock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** A beat is due. */
  readonly beat: () => void;
}

export class OwnBeats {
  readonly #options: OwnBeatsOptions;
  readonly #timer: DeadlineTimer;
  /** 0 while there are none. */
  #intervalMs = 0;
  #dueAtMs = 0;

  constructor(options: OwnBeatsOptions) {
    this.#options = options;
    this.#timer = new DeadlineTimer(options.clock, () => {
      this.sent();
      options.beat();
    });
  }

  /**
   * Goes by an interval from now on; 0 stops. The first beat is due at a random point in the second half of the interval, so that
   * clients that arrive together spread. Another interval counts from the last frame that was sent. If it has passed already, a random
   * part of it remains, so that a shorter one does not make all clients beat at once (rule HB6).
   */
  follow(intervalMs: number): void {
    const before = this.#intervalMs;
    if (intervalMs === before) return;
    this.#intervalMs = intervalMs;
    const { clock, random } = this.#options;
    const nowMs = clock.nowMs();
    this.#dueAtMs += intervalMs - before;
    if (before === 0) this.#dueAtMs = nowMs + intervalMs * (0.5 + random() / 2);
    else if (this.#dueAtMs <= nowMs) this.#dueAtMs = nowMs + intervalMs * random();
    this.#timer.set(intervalMs === 0 ? null : this.#dueAtMs);
  }

  /** A frame was sent, whatever it was: the next beat can wait for an interval. */
  sent(): void {
    if (this.#intervalMs === 0) return;
    this.#dueAtMs = this.#options.clock.nowMs() + this.#intervalMs;
    this.#timer.set(this.#dueAtMs);
  }
}
