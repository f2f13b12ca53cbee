/** The keeper's one timer: advances observed time, runs what is due, and detects the server's own pauses (rules TIM). */

import type { Disposer } from "../ports/clock.ts";
import type { Settings } from "../settings/settings.ts";
import { SLICE_MS } from "../time/slices.ts";
import { handleDue } from "./due.ts";
import { type Engine, writeEvent } from "./engine.ts";
import type { MemoryTier } from "./memoryTier.ts";
import { sweep } from "./sweep.ts";

/** Deadlines handled between two readings of the clock. */
const CHECK_EVERY = 32;

export class Ticker {
  readonly #engine: Engine;
  readonly #memory: MemoryTier;
  readonly #stopTimer: Disposer;
  #stopPending: Disposer = () => {};
  #stopSweep: Disposer = () => {};
  #pendingSteps = 0;
  /** A run is scheduled for after pending input. */
  #waiting = false;
  #sweptMs = 0;
  #sweepIsDue = false;
  #isSweeping = false;
  /** Silence before these moments proves nothing: other settings were in force, or the server was paused. */
  #judgedFromMs = 0;
  #pausedFromMs = 0;
  lastPauseAtMs: number | null = null;
  /** The longest that one run of this ticker blocked the event loop, milliseconds. */
  longestTickMs = 0;

  constructor(engine: Engine, memory: MemoryTier) {
    this.#engine = engine;
    this.#memory = memory;
    this.#stopTimer = engine.clock.every(engine.settings.tickMs, () => this.#tick());
  }

  /** Suspends judging silence until every beat sent under `before` has had its full limit (rule HB6). */
  settingsChanged(before: Settings): void {
    this.#judgedFromMs = Math.max(this.#judgedFromMs, this.#after(before.heartbeatPongTimeoutMs));
  }

  stop(): void {
    this.#stopTimer();
    this.#stopPending();
    this.#stopSweep();
    this.#memory.stop();
  }

  #tick(): void {
    const { steps, pausedMs } = this.#engine.observed.elapse(this.#readClock());
    if (pausedMs > 0) this.#paused(pausedMs);
    this.#pendingSteps += steps;
    // Answers that arrived while the server was busy are read before any session is judged.
    if (this.#pendingSteps > 0 && !this.#waiting) this.#runAfterInput();
  }

  #runAfterInput(): void {
    this.#waiting = true;
    this.#stopPending = this.#engine.clock.afterInput(() => {
      this.#waiting = false;
      this.#run();
    });
  }

  #paused(pausedMs: number): void {
    const { clock, log, registry, events } = this.#engine;
    this.lastPauseAtMs = Math.round(clock.wallMs());
    // A beat that was outstanding during the pause runs to its deadline before a fresh one is sent.
    this.#pausedFromMs = Math.max(this.#pausedFromMs, this.#after(this.#engine.settings.heartbeatPongTimeoutMs));
    const sessions = registry.size;
    const rounded = Math.round(pausedMs);
    log.warn(`Server paused for ${rounded} ms; heartbeat deadlines extended`, { sessions });
    writeEvent(this.#engine, null, { type: "pause", pausedMs: rounded, sessions, outstanding: registry.count("active") });
    events.emit("pause", { pausedMs: rounded });
  }

  /** Reads the monotonic clock, and caches it for callers that need no exact time. */
  #readClock(): number {
    const monoMs = this.#engine.clock.monotonicMs();
    this.#engine.monoMs = Math.floor(monoMs);
    return monoMs;
  }

  /** Advances observed time and handles what is due, for at most one time slice. */
  #run(): void {
    const { clock, wheel } = this.#engine;
    const startedMs = this.#readClock();
    let fired = 0;
    for (;;) {
      const record = wheel.takeExpired();
      if (record === undefined) {
        // The sweep can only find missed deadlines once everything that was due has been handled.
        if (this.#sweepIsDue && !this.#isSweeping && !this.#changedInThisTick) this.#sweep();
        if (this.#pendingSteps === 0) break;
        this.#step();
        continue;
      }
      handleDue(this.#engine, record);
      fired += 1;
      if (fired % CHECK_EVERY === 0 && this.#readClock() - startedMs > SLICE_MS) {
        this.#runAfterInput();
        break;
      }
    }
    this.longestTickMs = Math.max(this.longestTickMs, clock.monotonicMs() - startedMs);
  }

  /** A listener changed the settings in this tick. Deadlines that this made due are handled with the next tick. */
  get #changedInThisTick(): boolean {
    return this.#engine.earlierSettings.changedMs === this.#engine.observed.nowMs;
  }

  #step(): void {
    const { observed, wheel, admission, closingSockets, releaseLimits, endRetries, deaths } = this.#engine;
    // All pending steps at once, so that a beat sent now starts at the latest time and is never judged in the same run.
    for (; this.#pendingSteps > 0; this.#pendingSteps -= 1) observed.step();
    const { nowMs } = observed;
    wheel.advance(nowMs);
    closingSockets.advance(nowMs);
    releaseLimits.advance(nowMs);
    endRetries.advance(nowMs);
    deaths.advance(nowMs);
    admission.advance(nowMs, (event) => writeEvent(this.#engine, null, event));
    this.#memory.advance(nowMs);
    this.#sweepIsDue ||= nowMs - this.#sweptMs >= this.#engine.settings.sweepIntervalMs;
  }

  #sweep(): void {
    this.#sweepIsDue = false;
    this.#sweptMs = this.#engine.observed.nowMs;
    this.#isSweeping = true;
    const from = { judgedFromMs: this.#judgedFromMs, pausedFromMs: this.#pausedFromMs };
    this.#stopSweep = sweep(this.#engine, from, () => {
      this.#isSweeping = false;
    });
  }

  /** When a limit that starts now will have passed, observed milliseconds. */
  #after(limitMs: number): number {
    const { observed, settings } = this.#engine;
    return observed.nowMs + limitMs + settings.tickMs;
  }
}
