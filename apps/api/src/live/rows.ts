/** Builds rows of the live table and computes their changes since a page last received them. */
import type { Session } from "@lastbeat/core";
import type { LiveRow, LiveRowUpdate } from "../contract/liveWindow.ts";

/** Timestamps are computed from two clocks, so an unchanged one can differ by a millisecond. That does not count as a change. */
const CLOCK_NOISE_MS = 2;

export function rowOf(session: Session): LiveRow {
  const { peer, state, epoch: _epoch, busy: _busy, declaredBytes: _bytes, resources: _held, ...rest } = session.snapshot();
  const { address, client, transport } = peer;
  return { ...rest, address, client, transport, state: state === "ended" ? "ending" : state };
}

/** The fields that differ, plus the id; `null` if none do. Differences within clock noise are ignored. */
export function changesOf(before: LiveRow, now: LiveRow): LiveRowUpdate | null {
  const changed = (Object.keys(now) as (keyof LiveRow)[]).filter((field) => differs(before[field], now[field]));
  if (changed.length === 0) return null;
  return { ...Object.fromEntries(changed.map((field) => [field, now[field]])), id: now.id };
}

function differs(a: LiveRow[keyof LiveRow], b: LiveRow[keyof LiveRow]): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length !== b.length || a.some((beat, at) => beat !== b[at]);
  if (typeof a === "number" && typeof b === "number" && a > 1e12) return Math.abs(a - b) > CLOCK_NOISE_MS;
  return a !== b;
}
