/** Tier 4: memory pressure (rules MEM). Pure: how pressed the process is; `victims.ts` says who has to go first. */

import type { MemorySource } from "../keeperTypes.ts";
import type { MemoryLevel } from "../ledger/events.ts";
import type { Settings } from "../settings/settings.ts";

/** Time above the soft threshold before it counts, milliseconds of observed time. */
export const SOFT_FOR_MS = 10_000;
/** Samples in a row above the hard threshold before it counts. */
export const HARD_SAMPLES = 2;
/** Time below the hard threshold before the hard level is left for the soft one, milliseconds of observed time. */
export const CALM_FOR_MS = 10_000;

export interface MemoryUse {
  readonly usedBytes: number;
  readonly limitBytes: number;
  /** The larger of resident memory over its limit and heap over its limit; 0 when no limit is known. */
  readonly ratio: number;
}

/** Which of the two measures is the tighter (rule MEM1). `limitBytes` overrides the limit of resident memory when not 0. */
export function memoryUse(sample: ReturnType<MemorySource["sample"]>, limitBytes: number): MemoryUse {
  const residentLimit = limitBytes > 0 ? limitBytes : sample.residentLimitBytes;
  const resident = residentLimit > 0 ? sample.residentBytes / residentLimit : 0;
  const heap = sample.heapLimitBytes > 0 ? sample.heapUsedBytes / sample.heapLimitBytes : 0;
  if (heap > resident) return { usedBytes: sample.heapUsedBytes, limitBytes: sample.heapLimitBytes, ratio: heap };
  return { usedBytes: sample.residentBytes, limitBytes: residentLimit, ratio: resident };
}

/** What the level depends on besides the latest sample. */
export interface MemoryState {
  readonly level: MemoryLevel;
  /** Since when the soft threshold is exceeded without a break; -1 when it is not. */
  readonly softSinceMs: number;
  /** Samples above the hard threshold in a row. */
  readonly hardSamples: number;
  /** Since when the samples are below the hard threshold without a break; -1 when the latest is not. */
  readonly calmSinceMs: number;
}

export const calmMemory: MemoryState = { level: "ok", softSinceMs: -1, hardSamples: 0, calmSinceMs: 0 };

/**
 * Takes in one sample. The level falls back to `ok` only below the recovery threshold, and from `hard` to `soft` only after some time
 * below the hard one, so that memory which swings around a threshold does not move it to and fro.
 */
export function nextMemoryState(
  state: MemoryState,
  ratio: number,
  { nowMs, settings }: { nowMs: number; settings: Settings },
): MemoryState {
  const next = {
    hardSamples: ratio >= settings.memoryHard ? state.hardSamples + 1 : 0,
    softSinceMs: since(ratio >= settings.memorySoft, state.softSinceMs, nowMs),
    calmSinceMs: since(ratio < settings.memoryHard, state.calmSinceMs, nowMs),
  };
  return { ...next, level: levelOf(state.level, next, { ratio, nowMs, settings }) };
}

/** Since when something holds: from before, from now, or -1 when it does not. */
function since(holds: boolean, beforeMs: number, nowMs: number): number {
  if (!holds) return -1;
  return beforeMs < 0 ? nowMs : beforeMs;
}

function levelOf(
  level: MemoryLevel,
  { hardSamples, softSinceMs, calmSinceMs }: Omit<MemoryState, "level">,
  { ratio, nowMs, settings }: { ratio: number; nowMs: number; settings: Settings },
): MemoryLevel {
  if (hardSamples >= HARD_SAMPLES) return "hard";
  if (ratio < settings.memoryOk) return "ok";
  if (level === "hard") return calmSinceMs >= 0 && nowMs - calmSinceMs >= CALM_FOR_MS ? "soft" : "hard";
  if (level === "soft") return "soft";
  return softSinceMs >= 0 && nowMs - softSinceMs >= SOFT_FOR_MS ? "soft" : "ok";
}
