/** Statistics of a session's latest heartbeats: a round-trip time in ms, `null` for a miss, -1 for a pause. Pure. */

/** The latest round-trip time; `null` when no beat has been answered yet. */
export function latestRoundTrip(beats: readonly (number | null)[]): number | null {
  return beats.findLast((beat): beat is number => beat !== null && beat >= 0) ?? null;
}

/** The median of the answered beats; `null` when there are none. */
export function medianRoundTrip(beats: readonly (number | null)[]): number | null {
  const answered = beats.filter((beat): beat is number => beat !== null && beat >= 0).sort((a, b) => a - b);
  return answered[Math.floor(answered.length / 2)] ?? null;
}
