/** Tier 4: memory pressure (rules MEM). Computes the pressure level and ranks the sessions to evict. */

import type { MemoryLevel } from "../ports/ledger.ts";
import type { MemorySource } from "../ports/memory.ts";
import type { Settings } from "../settings/settings.ts";
import type { SessionFacts } from "./session.ts";
import { isBusy } from "./timeouts.ts";

/** How long memory must stay above the soft threshold before the level rises, milliseconds of observed time. */
export const SOFT_FOR_MS = 10_000;
/** Consecutive samples above the hard threshold before the level rises. */
export const HARD_SAMPLES = 2;
/** How long memory must stay below the hard threshold before the level falls to soft, milliseconds of observed time. */
export const CALM_FOR_MS = 10_000;

export interface MemoryUse {
  readonly usedBytes: number;
  readonly limitBytes: number;
  /** The larger of resident memory and heap, each as a share of its limit; 0 when no limit is known. */
  readonly ratio: number;
}

/** The tighter of resident memory and heap (rule MEM1). `limitBytes`, if not 0, overrides the limit of resident memory. */
export function memoryUse(sample: ReturnType<MemorySource["sample"]>, limitBytes: number): MemoryUse {
  const residentLimit = limitBytes > 0 ? limitBytes : sample.residentLimitBytes;
  const resident = residentLimit > 0 ? sample.residentBytes / residentLimit : 0;
  const heap = sample.heapLimitBytes > 0 ? sample.heapUsedBytes / sample.heapLimitBytes : 0;
  if (heap > resident) return { usedBytes: sample.heapUsedBytes, limitBytes: sample.heapLimitBytes, ratio: heap };
  return { usedBytes: sample.residentBytes, limitBytes: residentLimit, ratio: resident };
}

/** The level, and what the next one depends on besides the latest sample. */
export interface MemoryState {
  readonly level: MemoryLevel;
  /** Since when every sample has been above the soft threshold; -1 when the latest is not. */
  readonly softSinceMs: number;
  /** Consecutive samples above the hard threshold. */
  readonly hardSamples: number;
  /** Since when every sample has been below the hard threshold; -1 when the latest is not. */
  readonly calmSinceMs: number;
}

export const calmMemory: MemoryState = { level: "ok", softSinceMs: -1, hardSamples: 0, calmSinceMs: 0 };

/**
 * The state after one more sample. The level falls to `ok` only below the recovery threshold, and from `hard` to `soft` only
 * after `CALM_FOR_MS` below the hard threshold, so that memory hovering around a threshold does not make the level flap.
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

/** When a condition began to hold: `beforeMs` if it held already, else now; -1 when it does not hold. */
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

/** Sessions without activity for longer than this end at the soft level (rule MEM2), milliseconds of observed time. */
export const SOFT_IDLE_MS = 60_000;
/** Minimum share of the sessions that one batch at the hard level ends. */
export const HARD_SHARE = 0.05;
/** Candidates sorted at once; takes well below a millisecond. */
const RUN = 256;

/** A session as it was when examined; it may change before it is chosen. */
interface Candidate<T extends SessionFacts = SessionFacts> {
  readonly record: T;
  /** Suspended first, busy last. */
  readonly group: 0 | 1 | 2;
  readonly activeMs: number;
  readonly bytes: number;
  /** Its position in the iteration, which breaks ties. */
  readonly place: number;
}

/** One step of the search: the next victim, or `null` for a step without one. */
export type VictimStep<T extends SessionFacts = SessionFacts> = T | null;

/**
 * Finds the sessions to end at this level, in rank order. Admin sessions are never chosen. The hard level ends whatever the soft
 * level would, because it can be reached first, and at least a twentieth of the sessions. Sessions may change between steps; one
 * that became active meanwhile is skipped.
 */
export function* findVictims<T extends SessionFacts>(
  sessions: Iterable<T>,
  level: MemoryLevel,
  nowMs: number,
): Generator<VictimStep<T>> {
  if (level === "ok") return;
  const runs: Candidate<T>[][] = [];
  let run: Candidate<T>[] = [];
  let count = 0;
  for (const record of sessions) {
    if (isCandidate(record)) {
      run.push(candidateOf(record, count));
      count += 1;
    }
    if (run.length === RUN) {
      runs.push(run.sort(compare).reverse());
      run = [];
    }
    yield null;
  }
  runs.push(run.sort(compare).reverse());
  const atLeast = level === "hard" ? Math.ceil(count * HARD_SHARE) : 0;
  let chosen = 0;
  for (const candidate of merged(runs)) {
    if (chosen >= atLeast && !endsAtSoft(candidate, nowMs)) return;
    if (!isUnchanged(candidate)) {
      yield null;
      continue;
    }
    chosen += 1;
    yield candidate.record;
  }
}

function isCandidate({ kind, state }: SessionFacts): boolean {
  return kind !== "admin" && (state.name === "active" || state.name === "suspended");
}

function candidateOf<T extends SessionFacts>(record: T, place: number): Candidate<T> {
  return { record, group: groupOf(record), activeMs: record.activeMs, bytes: record.holdings?.bytes ?? 0, place };
}

function groupOf(record: SessionFacts): Candidate["group"] {
  if (record.state.name === "suspended") return 0;
  return isBusy(record) ? 2 : 1;
}

function isUnchanged({ record, group, activeMs }: Candidate): boolean {
  return isCandidate(record) && record.activeMs === activeMs && groupOf(record) === group;
}

/** Suspended first and busy last; within a group the longest inactive first, then the largest (rule MEM3). */
function compare(a: Candidate, b: Candidate): number {
  return a.group - b.group || a.activeMs - b.activeMs || b.bytes - a.bytes || a.place - b.place;
}

/** Whether even the soft level ends it. These come first in rank order. */
function endsAtSoft({ group, activeMs }: Candidate, nowMs: number): boolean {
  return group === 0 || (group === 1 && nowMs - activeMs > SOFT_IDLE_MS);
}

/** Merges the runs, each sorted with its best candidate last, into rank order: a binary heap of runs by their next candidate. */
function* merged<T extends SessionFacts>(runs: Candidate<T>[][]): Generator<Candidate<T>> {
  const heap = runs.filter((run) => run.length > 0);
  const next = (at: number) => (heap[at] as Candidate<T>[]).at(-1) as Candidate<T>;
  const sink = (from: number) => {
    for (let at = from; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && compare(next(child), next(least)) < 0) least = child;
      }
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least] as Candidate<T>[], heap[at] as Candidate<T>[]];
      at = least;
    }
  };
  for (let at = Math.floor(heap.length / 2) - 1; at >= 0; at -= 1) sink(at);
  while (heap.length > 0) {
    const run = heap[0] as Candidate<T>[];
    yield run.pop() as Candidate<T>;
    if (run.length === 0) {
      const last = heap.pop() as Candidate<T>[];
      if (heap.length > 0) heap[0] = last;
    }
    sink(0);
  }
}
