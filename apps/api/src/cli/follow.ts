/** Follows the ledger: yields the most recent ends, then each new one once. */
import { setTimeout as sleep } from "node:timers/promises";
import type { EndQuery } from "../contract/endQuery.ts";
import { exitStatusOf } from "../contract/errors.ts";
import type { EndView } from "../contract/views.ts";
import type { Source } from "./source.ts";

const EVERY_MS = 1_000;
/**
 * Each poll looks back this far. An end is written once everything is released, up to seconds after its detection, so it can appear
 * after ends that were detected later.
 */
const OVERLAP_MS = 60_000;

export interface FollowOptions {
  readonly query: EndQuery;
  /** Called once when the server stops answering, and once when it answers again. */
  readonly onTrouble: (message: string) => void;
  /** Poll interval. Default one second; tests shorten it. */
  readonly everyMs?: number;
}

/**
 * Never ends by itself. Yields ends oldest first. If the server's wall clock is set back by more than the overlap, new ends fall before
 * the polled window and are missed until the clock has caught up, unless this is called again.
 */
export async function* follow(
  source: Source,
  { query, onTrouble, everyMs = EVERY_MS }: FollowOptions,
): AsyncGenerator<readonly EndView[]> {
  const seen = new Map<string, number>();
  const { cursor: _, ...filter } = query;
  let latestMs = await reachedBy(source);
  const note = (rows: readonly EndView[]) => {
    const fresh = rows.filter(({ sessionId }) => !seen.has(sessionId));
    for (const { sessionId, detectedAtMs } of fresh) seen.set(sessionId, detectedAtMs);
    return fresh;
  };
  const window = () => ({ ...filter, sort: "oldest", fromMs: Math.max(filter.fromMs ?? 0, latestMs - OVERLAP_MS) }) as const;
  // Existing ends are marked as seen first, so that only the most recent ones are yielded.
  for await (const rows of source.each(window())) note(rows);
  const { rows } = await source.page({ ...filter, sort: "newest" });
  note(rows);
  yield rows.toReversed();
  let trouble = false;
  for (;;) {
    await sleep(everyMs);
    try {
      // Read before polling and applied afterwards: ends written in the meantime belong to the next poll.
      const reachedMs = await reachedBy(source);
      for await (const batch of source.each(window())) yield note(batch);
      latestMs = Math.max(latestMs, reachedMs);
      if (trouble) onTrouble("the server answers again");
      trouble = false;
    } catch (error) {
      if (exitStatusOf(error) !== 1) throw error;
      if (!trouble) onTrouble(`${(error as Error).message}; retrying`);
      trouble = true;
    }
    for (const [id, detectedAtMs] of seen) if (detectedAtMs < latestMs - OVERLAP_MS) seen.delete(id);
  }
}

/**
 * The time of the ledger's newest end, matching or not. Starting from the newest match instead, each poll would read most of a ledger in
 * which few ends match. Not the current time, since the server's clock may be behind this machine's. But never later than it, since the
 * newest end may date from before a clock was set back.
 */
async function reachedBy(source: Source): Promise<number> {
  const [newest] = (await source.page({ sort: "newest", limit: 1 })).rows;
  return Math.min(newest?.detectedAtMs ?? 0, Date.now());
}
