/** Tier 4 at work: samples memory, updates the level, and evicts sessions in time slices. */

import type { Disposer } from "../ports/clock.ts";
import type { EvictionEvidence } from "../ports/ledger.ts";
import {
  calmMemory,
  findVictims,
  HARD_SAMPLES,
  type MemoryState,
  type MemoryUse,
  memoryUse,
  nextMemoryState,
} from "../rules/memory.ts";
import { inSlices } from "../time/slices.ts";
import { type Engine, writeEvent } from "./engine.ts";
import type { MemorySample } from "./guardedPorts.ts";
import { end } from "./lifecycle.ts";

export class MemoryTier {
  readonly #engine: Engine;
  readonly #sample: () => MemorySample | null;
  #state: MemoryState = calmMemory;
  #use: MemoryUse = { usedBytes: 0, limitBytes: 0, ratio: 0 };
  #sampledMs = 0;
  #batch = 0;
  #isEvicting = false;
  #stopEvicting: Disposer = () => {};

  constructor(engine: Engine, sample: () => MemorySample | null) {
    this.#engine = engine;
    this.#sample = sample;
  }

  get use(): MemoryUse {
    return this.#use;
  }

  /** Takes a sample when one is due. */
  advance(nowMs: number): void {
    const { settings } = this.#engine;
    if (nowMs - this.#sampledMs < settings.memorySampleMs) return;
    this.#sampledMs = nowMs;
    const sample = this.#sample();
    // Without a sample the level is unknown, so it stays, and nothing is evicted.
    if (sample === null) return;
    this.#use = memoryUse(sample, settings.memoryLimitBytes);
    const before = this.#state.level;
    this.#state = nextMemoryState(this.#state, this.#use.ratio, { nowMs, settings });
    if (this.#state.level !== before) this.#changed(before);
    if (this.#isEvicting) return;
    if (this.#state.level === "soft") this.#evict("soft");
    if (this.#state.level === "hard" && this.#state.hardSamples >= HARD_SAMPLES) this.#evict("hard");
  }

  /** Stops the eviction under way. */
  stop(): void {
    this.#stopEvicting();
    this.#isEvicting = false;
  }

  #changed(from: MemoryState["level"]): void {
    // Its victims were chosen for the previous level.
    this.stop();
    const { level } = this.#state;
    const { usedBytes, limitBytes } = this.#use;
    this.#engine.memoryLevel = level;
    this.#engine.log.warn(`Memory level ${from} → ${level}`, { usedBytes, limitBytes });
    writeEvent(this.#engine, null, { type: "memory_level", from, to: level, usedBytes, limitBytes });
    this.#engine.events.emit("memory", { level });
  }

  /** The first slice runs after pending input, so that no turn of the event loop holds both a tick and a slice. */
  #evict(level: EvictionEvidence["level"]): void {
    const { clock, registry, observed } = this.#engine;
    const { usedBytes, limitBytes } = this.#use;
    const detail = `memory ${level}: ${Math.round(usedBytes / 1_048_576)} of ${Math.round(limitBytes / 1_048_576)} MiB`;
    const causeMs = observed.nowMs;
    let rank = 0;
    const steps = this.#untilDone(findVictims(registry.sessions(), level, causeMs));
    this.#isEvicting = true;
    this.#stopEvicting = clock.afterInput(() => {
      this.#stopEvicting = inSlices(clock, steps, (record) => {
        if (record === null) return;
        rank += 1;
        if (rank === 1) this.#batch += 1;
        const eviction = { level, usedBytes, limitBytes, rank, batch: this.#batch };
        void end(this.#engine, record, { reason: "memory_pressure", detail, causeMs, eviction });
      });
    });
  }

  *#untilDone<T>(steps: Iterable<T>): Iterable<T> {
    yield* steps;
    this.#isEvicting = false;
    // Freed memory takes time to show, so new samples decide about the next batch.
    this.#state = { ...this.#state, hardSamples: 0 };
  }
}
