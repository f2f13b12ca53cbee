/**
 * Who has to go under memory pressure, found in small steps (rules MEM2 and MEM3): looking at 50,000 sessions and ranking them takes far
 * longer than the event loop may be held. Sorted runs of some hundred, merged as far as victims are wanted.
 */
import type { MemoryLevel } from "../ledger/events.ts";
import type { SessionRecord } from "../session/session.ts";
import { isBusy } from "./timeout.ts";

/** Sessions without activity for longer than this end at the soft level, milliseconds of observed time. */
export const SOFT_IDLE_MS = 60_000;
/** Share of the sessions that a step at the hard level ends at least. */
export const HARD_SHARE = 0.05;
/** Candidates that are sorted at once: well below a millisecond. */
const RUN = 256;

/** A session as it was looked at; it may change before its turn comes. */
interface Candidate {
  readonly record: SessionRecord;
  /** Suspended first, busy last. */
  readonly group: 0 | 1 | 2;
  readonly activeMs: number;
  readonly bytes: number;
  /** Its place among those looked at, which decides between equals. */
  readonly place: number;
}

/** One step of the search: `null` while it goes on, or the next victim. */
export type VictimStep = SessionRecord | null;

/**
 * Finds who has to go at this level, first victim first. Admin sessions never. The hard level ends whom the soft one ends, for it may come
 * before that, and at least a twentieth. Sessions may change between two steps: whoever came back to life meanwhile is passed over.
 */
export function* findVictims(sessions: Iterable<SessionRecord>, level: MemoryLevel, nowMs: number): Generator<VictimStep> {
  if (level === "ok") return;
  const runs: Candidate[][] = [];
  let run: Candidate[] = [];
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

function isCandidate({ kind, state }: SessionRecord): boolean {
  return kind !== "admin" && (state.kind === "active" || state.kind === "suspended");
}

function candidateOf(record: SessionRecord, place: number): Candidate {
  return { record, group: groupOf(record), activeMs: record.activeMs, bytes: record.holdings?.bytes ?? 0, place };
}

function groupOf(record: SessionRecord): Candidate["group"] {
  if (record.state.kind === "suspended") return 0;
  return isBusy(record) ? 2 : 1;
}

function isUnchanged({ record, group, activeMs }: Candidate): boolean {
  return isCandidate(record) && record.activeMs === activeMs && groupOf(record) === group;
}

/** Suspended first, busy last, between them the longest without activity, then the largest. */
function compare(a: Candidate, b: Candidate): number {
  return a.group - b.group || a.activeMs - b.activeMs || b.bytes - a.bytes || a.place - b.place;
}

/** Whether the soft level is enough to end it. In rank order these come first. */
function endsAtSoft({ group, activeMs }: Candidate, nowMs: number): boolean {
  return group === 0 || (group === 1 && nowMs - activeMs > SOFT_IDLE_MS);
}

/** The candidates of all runs in rank order; each run ends with its first. A binary heap of the runs by their next candidate. */
function* merged(runs: Candidate[][]): Generator<Candidate> {
  const heap = runs.filter((run) => run.length > 0);
  const next = (at: number) => (heap[at] as Candidate[]).at(-1) as Candidate;
  const sink = (from: number) => {
    for (let at = from; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && compare(next(child), next(least)) < 0) least = child;
      }
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least] as Candidate[], heap[at] as Candidate[]];
      at = least;
    }
  };
  for (let at = Math.floor(heap.length / 2) - 1; at >= 0; at -= 1) sink(at);
  while (heap.length > 0) {
    const run = heap[0] as Candidate[];
    yield run.pop() as Candidate;
    if (run.length === 0) {
      const last = heap.pop() as Candidate[];
      if (heap.length > 0) heap[0] = last;
    }
    sink(0);
  }
}
