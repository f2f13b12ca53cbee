/** Tier 4: memory pressure (rules MEM): how pressed the process is, and who has to go first. */

import type { MemoryLevel } from "../ports/ledger.ts";
import type { MemorySource } from "../ports/memory.ts";
import type { Settings } from "../settings/settings.ts";
import type { SessionFacts } from "./session.ts";
import { isBusy } from "./timeouts.ts";

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

/** Sessions without activity for longer than this end at the soft level (rule MEM2), milliseconds of observed time. */
export const SOFT_IDLE_MS = 60_000;
/** Share of the sessions that a step at the hard level ends at least. */
export const HARD_SHARE = 0.05;
/** Candidates that are sorted at once: well below a millisecond. */
const RUN = 256;

/** A session as it was looked at; it may change before its turn comes. */
interface Candidate<T extends SessionFacts = SessionFacts> {
  readonly record: T;
  /** Suspended first, busy last. */
  readonly group: 0 | 1 | 2;
  readonly activeMs: number;
  readonly bytes: number;
  /** Its place among those looked at, which decides between equals. */
  readonly place: number;
}

/** One step of the search: `null` while it goes on, or the next victim. */
export type VictimStep<T extends SessionFacts = SessionFacts> = T | null;

/**
 * Finds who has to go at this level, first victim first. Admin sessions never. The hard level ends whom the soft one ends, for it may come
 * before that, and at least a twentieth. Sessions may change between two steps: whoever came back to life meanwhile is passed over.
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

/** Suspended first, busy last, between them the longest without activity, then the largest (rule MEM3). */
function compare(a: Candidate, b: Candidate): number {
  return a.group - b.group || a.activeMs - b.activeMs || b.bytes - a.bytes || a.place - b.place;
}

/** Whether the soft level is enough to end it. In rank order these come first. */
function endsAtSoft({ group, activeMs }: Candidate, nowMs: number): boolean {
  return group === 0 || (group === 1 && nowMs - activeMs > SOFT_IDLE_MS);
}

/** The candidates of all runs in rank order; each run ends with its first. A binary heap of the runs by their next candidate. */
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
