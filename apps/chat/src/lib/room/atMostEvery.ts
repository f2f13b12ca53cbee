/** Does something when asked to, but at most once per `everyMs`. */
export function atMostEvery(everyMs: number, nowMs: () => number, act: () => void): () => void {
  let actedAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    if (nowMs() - actedAtMs < everyMs) return;
    actedAtMs = nowMs();
    act();
  };
}
