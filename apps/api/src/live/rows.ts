/** Rows of the live table, and what has changed in one since a page was sent it. */
import type { Session } from "@lastbeat/core";
import type { LiveRow, LiveRowUpdate } from "../contract/liveWindow.ts";

/** Moments are computed from two clocks, so that the same one comes out a millisecond off now and then. That is no change. */
const CLOCK_NOISE_MS = 2;

export function rowOf(session: Session): LiveRow {
  const { peer, state, epoch: _epoch, busy: _busy, declaredBytes: _bytes, resources: _held, ...rest } = session.snapshot();
  const { address, client, transport } = peer;
  return { ...rest, address, client, transport, state: state === "ended" ? "ending" : state };
}

/** The fields that differ, with the id; `null` when none does. `now` keeps the moments that are only noise away. */
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
