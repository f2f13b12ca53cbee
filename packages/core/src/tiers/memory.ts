/** Tier 4: memory pressure (rules MEM). Pure: how pressed the process is, and who has to go first. */

import type { MemorySource } from "../keeperTypes.ts";
import type { MemoryLevel } from "../ledger/events.ts";
import type { SessionRecord } from "../session/session.ts";
import type { Settings } from "../settings/settings.ts";
import { isBusy } from "./timeout.ts";

/** Time above the soft threshold before it counts, milliseconds of observed time. */
export const SOFT_FOR_MS = 10_000;
/** Samples in a row above the hard threshold before it counts. */
export const HARD_SAMPLES = 2;
/** Sessions without activity for longer than this end at the soft level, milliseconds of observed time. */
export const SOFT_IDLE_MS = 60_000;
/** Share of the sessions that a step at the hard level ends at least. */
export const HARD_SHARE = 0.05;

export interface MemoryUse {
  readonly usedBytes: number;
  readonly limitBytes: number;
  /** The larger of resident memory over its limit and heap over its limit; 0 when no limit is known. */
  readonly ratio: number;
}

/** Which of the two measures is the tighter (rule MEM 1). `limitBytes` overrides the limit of resident memory when not 0. */
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
}

export const calmMemory: MemoryState = { level: "ok", softSinceMs: -1, hardSamples: 0 };

/** Takes in one sample. The level falls back to `ok` only below the recovery threshold. */
export function nextMemoryState(
  state: MemoryState,
  ratio: number,
  { nowMs, settings }: { nowMs: number; settings: Settings },
): MemoryState {
  const hardSamples = ratio >= settings.memoryHard ? state.hardSamples + 1 : 0;
  const softSinceMs = ratio >= settings.memorySoft ? (state.softSinceMs < 0 ? nowMs : state.softSinceMs) : -1;
  return {
    level: levelOf(state.level, ratio, { hardSamples, softForMs: softSinceMs < 0 ? 0 : nowMs - softSinceMs, settings }),
    softSinceMs,
    hardSamples,
  };
}

function levelOf(
  level: MemoryLevel,
  ratio: number,
  { hardSamples, softForMs, settings }: { hardSamples: number; softForMs: number; settings: Settings },
): MemoryLevel {
  if (hardSamples >= HARD_SAMPLES) return "hard";
  if (ratio < settings.memoryOk) return "ok";
  if (level === "hard" && ratio >= settings.memoryHard) return "hard";
  if (level !== "ok" || softForMs >= SOFT_FOR_MS) return "soft";
  return "ok";
}

/** Rank of a session as a victim: suspended first, busy last, between them the longest without activity, then the largest. */
function compareVictims(a: SessionRecord, b: SessionRecord): number {
  return group(a) - group(b) || a.activeMs - b.activeMs || (b.holdings?.bytes ?? 0) - (a.holdings?.bytes ?? 0);
}

function group(record: SessionRecord): number {
  if (record.state.kind === "suspended") return 0;
  return isBusy(record) ? 2 : 1;
}

/** Whether the soft level is enough to end it. In rank order these come first. */
function endsAtSoft(record: SessionRecord, nowMs: number): boolean {
  return record.state.kind === "suspended" || (!isBusy(record) && nowMs - record.activeMs > SOFT_IDLE_MS);
}

/**
 * Chooses who has to go at this level, first victim first (rules MEM 2 and 3). Admin sessions never. The hard level ends whom the
 * soft one ends, for it may come before that, and at least a twentieth.
 */
export function chooseVictims(sessions: Iterable<SessionRecord>, level: MemoryLevel, nowMs: number): SessionRecord[] {
  if (level === "ok") return [];
  const candidates: SessionRecord[] = [];
  for (const record of sessions) {
    const { kind } = record.state;
    if (record.kind !== "admin" && (kind === "active" || kind === "suspended")) candidates.push(record);
  }
  candidates.sort(compareVictims);
  const soft = candidates.findIndex((record) => !endsAtSoft(record, nowMs));
  const softCount = soft < 0 ? candidates.length : soft;
  if (level === "soft") return candidates.slice(0, softCount);
  return candidates.slice(0, Math.max(softCount, Math.ceil(candidates.length * HARD_SHARE)));
}
