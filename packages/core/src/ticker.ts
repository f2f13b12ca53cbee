/** The keeper's one timer: moves observed time on, fires what is due, and recognises the server's own pauses (rules TIM). */
import type { Engine } from "./engine.ts";
import type { ServerEvent } from "./ledger/events.ts";
import type { Settings } from "./settings/settings.ts";
import { attend } from "./tiers/due.ts";
import type { MemoryTier } from "./tiers/memoryDriver.ts";
import { sweep } from "./tiers/sweep.ts";
import type { Disposer } from "./time/clock.ts";
import { SLICE_MS } from "./time/slices.ts";

/** Deadlines fired between two looks at the clock. */
const CHECK_EVERY = 32;

export class Ticker {
  readonly #engine: Engine;
  readonly #memory: MemoryTier;
  readonly #stopTimer: Disposer;
  #stopPending: Disposer = () => {};
  #stopSweep: Disposer = () => {};
  #pendingSteps = 0;
  /** A run is waiting for input to be read first. */
  #waiting = false;
  #sweptMs = 0;
  #judgedFromMs = 0;
  lastPauseAtMs: number | null = null;
  /** Longest time one turn of this ticker held the event loop, milliseconds. */
  longestTickMs = 0;

  constructor(engine: Engine, memory: MemoryTier) {
    this.#engine = engine;
    this.#memory = memory;
    this.#stopTimer = engine.clock.every(engine.settings.tickMs, () => this.#tick());
  }

  /** Silence is judged anew once every beat that was sent under `before` has had its whole limit (rule HB 6). */
  settingsChanged(before: Settings): void {
    const lastLimitMs = this.#engine.observed.nowMs + before.heartbeatPongTimeoutMs;
    this.#judgedFromMs = Math.max(this.#judgedFromMs, lastLimitMs);
  }

  stop(): void {
    this.#stopTimer();
    this.#stopPending();
    this.#stopSweep();
  }

  #tick(): void {
    const { clock, observed } = this.#engine;
    const monoMs = clock.monotonicMs();
    this.#engine.monoMs = Math.floor(monoMs);
    const { steps, pausedMs } = observed.elapse(monoMs);
    if (pausedMs > 0) this.#paused(pausedMs);
    const late = pausedMs > 0 || steps > 1;
    this.#pendingSteps += steps;
    if (this.#pendingSteps === 0 || this.#waiting) return;
    // Whoever answered while the server was late or paused is heard before anybody is judged.
    if (late) this.#runAfterInput();
    else this.#run();
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
    const sessions = registry.size;
    const rounded = Math.round(pausedMs);
    log.warn(`The server paused for ${rounded} ms; no client is blamed for it`, { sessions });
    this.#write({ type: "pause", pausedMs: rounded, sessions, outstanding: registry.count("active") });
    events.emit("pause", { pausedMs: rounded });
  }

  /** Steps observed time and fires what falls due, as far as one slice reaches. */
  #run(): void {
    const { clock, wheel } = this.#engine;
    const startedMs = clock.monotonicMs();
    let fired = 0;
    let stepped = false;
    for (;;) {
      const record = wheel.takeExpired();
      if (record === undefined) {
        if (stepped) this.#sweepWhenDue();
        if (this.#pendingSteps === 0) break;
        this.#step();
        stepped = true;
        continue;
      }
      attend(this.#engine, record);
      fired += 1;
      if (fired % CHECK_EVERY === 0 && clock.monotonicMs() - startedMs > SLICE_MS) {
        this.#runAfterInput();
        break;
      }
    }
    this.longestTickMs = Math.max(this.longestTickMs, clock.monotonicMs() - startedMs);
  }

  #step(): void {
    const { observed, wheel, admission, closingSockets, releaseLimits, deaths } = this.#engine;
    this.#pendingSteps -= 1;
    const nowMs = observed.step();
    wheel.advance(nowMs);
    closingSockets.advance(nowMs);
    releaseLimits.advance(nowMs);
    deaths.advance(nowMs);
    admission.advance(nowMs, (event) => this.#write(event));
    this.#memory.advance(nowMs);
  }

  /** Called when all that fell due with this step was attended to: the sweep must not take it for forgotten. */
  #sweepWhenDue(): void {
    const { nowMs } = this.#engine.observed;
    if (nowMs - this.#sweptMs < this.#engine.settings.sweepIntervalMs) return;
    this.#sweptMs = nowMs;
    this.#stopSweep();
    const judgedFromMs = Math.max(this.#judgedFromMs, this.#engine.observed.lastPauseMs);
    this.#stopSweep = sweep(this.#engine, judgedFromMs);
  }

  #write(event: ServerEvent): void {
    this.#engine.ledger.event({ atMs: Math.round(this.#engine.clock.wallMs()), sessionId: null, event });
  }
}
