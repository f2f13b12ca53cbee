/** Samples memory, moves the level, and ends the victims. */
import type { Engine } from "../engine.ts";
import type { MemorySource } from "../keeperTypes.ts";
import { end } from "../session/lifecycle.ts";
import { calmMemory, chooseVictims, type MemoryState, type MemoryUse, memoryUse, nextMemoryState } from "./memory.ts";

export class MemoryTier {
  readonly #engine: Engine;
  readonly #source: MemorySource;
  #state: MemoryState = calmMemory;
  #use: MemoryUse = { usedBytes: 0, limitBytes: 0, ratio: 0 };
  #sampledMs = 0;
  #batch = 0;

  constructor(engine: Engine, source: MemorySource) {
    this.#engine = engine;
    this.#source = source;
  }

  get use(): MemoryUse {
    return this.#use;
  }

  /** Samples when it is time. */
  advance(nowMs: number): void {
    const { settings } = this.#engine;
    if (nowMs - this.#sampledMs < settings.memorySampleMs) return;
    this.#sampledMs = nowMs;
    this.#use = memoryUse(this.#source.sample(), settings.memoryLimitBytes);
    const before = this.#state.level;
    this.#state = nextMemoryState(this.#state, this.#use.ratio, { nowMs, settings });
    if (this.#state.level !== before) this.#changed(before);
    if (this.#state.level === "soft") this.#evict();
    if (this.#state.level === "hard" && this.#state.hardSamples >= 2) {
      this.#evict();
      // What was ended needs time to show: two further samples decide about the next step.
      this.#state = { ...this.#state, hardSamples: 0 };
    }
  }

  #changed(from: MemoryState["level"]): void {
    const { level } = this.#state;
    const { usedBytes, limitBytes } = this.#use;
    this.#engine.memoryLevel = level;
    this.#engine.log.warn(`Memory level ${from} → ${level}`, { usedBytes, limitBytes });
    const event = { type: "memory_level", from, to: level, usedBytes, limitBytes } as const;
    this.#engine.ledger.event({ atMs: Math.round(this.#engine.clock.wallMs()), sessionId: null, event });
    this.#engine.events.emit("memory", { level });
  }

  #evict(): void {
    const { level } = this.#state;
    if (level === "ok") return;
    const nowMs = this.#engine.observed.nowMs;
    const victims = chooseVictims(this.#engine.registry.sessions(), level, nowMs);
    if (victims.length === 0) return;
    this.#batch += 1;
    const { usedBytes, limitBytes } = this.#use;
    const detail = `memory ${level}: ${Math.round(usedBytes / 1_048_576)} of ${Math.round(limitBytes / 1_048_576)} MiB`;
    victims.forEach((record, index) => {
      const eviction = { level, usedBytes, limitBytes, rank: index + 1, batch: this.#batch };
      void end(this.#engine, record, { reason: "memory_pressure", detail, causeMs: nowMs, eviction });
    });
  }
}
