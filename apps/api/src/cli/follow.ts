/** Ends as they come: the latest ones first, then each new one once. */
import { setTimeout as sleep } from "node:timers/promises";
import type { EndQuery } from "../contract/endQuery.ts";
import { exitStatusOf } from "../contract/errors.ts";
import type { EndView } from "../contract/views.ts";
import type { Source } from "./source.ts";

const EVERY_MS = 1_000;
/**
 * An end is written when everything is released, up to seconds after its detection, and thus may come after ends that were
 * detected later: this far back is looked again each time.
 */
const OVERLAP_MS = 60_000;

export interface FollowOptions {
  readonly query: EndQuery;
  /** Hears once when the server stops answering, and once when it answers again. */
  readonly onTrouble: (message: string) => void;
  /** Between two looks; a second unless a test is in a hurry. */
  readonly everyMs?: number;
}

/**
 * Never ends by itself. The oldest come first. When the server's wall clock is set back by more than the overlap, ends are missed
 * until it has caught up, unless this is called again: they lie before what is looked at, among others that were shown and forgotten.
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
  // What is there already counts as seen before the latest are shown, so that only those are.
  for await (const rows of source.each(window())) note(rows);
  const { rows } = await source.page({ ...filter, sort: "newest" });
  note(rows);
  yield rows.toReversed();
  let trouble = false;
  for (;;) {
    await sleep(everyMs);
    try {
      // Asked before the look, to count after it: what is written meanwhile is for the next one.
      const reachedMs = await reachedBy(source);
      for await (const batch of source.each(window())) yield note(batch);
      latestMs = Math.max(latestMs, reachedMs);
      if (trouble) onTrouble("the server answers again");
      trouble = false;
    } catch (error) {
      if (exitStatusOf(error) !== 1) throw error;
      if (!trouble) onTrouble(`${(error as Error).message}; trying again`);
      trouble = true;
    }
    for (const [id, detectedAtMs] of seen) if (detectedAtMs < latestMs - OVERLAP_MS) seen.delete(id);
  }
}

/**
 * The moment of the ledger's newest end, whether it matches or not: from the latest match on, each look would take in most of a ledger
 * in which little matches. Not simply the present, since the server's clock may be behind this machine's; nor later than it, since the
 * newest end may be from before a clock was set back.
 */
async function reachedBy(source: Source): Promise<number> {
  const [newest] = (await source.page({ sort: "newest", limit: 1 })).rows;
  return Math.min(newest?.detectedAtMs ?? 0, Date.now());
}
