/** Ends as they come: the latest ones first, then each new one once. */
import { setTimeout as sleep } from "node:timers/promises";
import type { CleanupQuery } from "../contract/cleanupQuery.ts";
import type { Cleanup } from "../contract/views.ts";
import { CommandFailed } from "./failure.ts";
import type { Source } from "./source.ts";

const EVERY_MS = 1_000;
/**
 * An end is written when everything is released, up to seconds after its detection, and thus may come after ends that were
 * detected later: this far back is looked again each time.
 */
const OVERLAP_MS = 60_000;

export interface FollowOptions {
  readonly query: CleanupQuery;
  /** Hears once when the server stops answering, and once when it answers again. */
  readonly onTrouble: (message: string) => void;
  /** Between two looks; a second unless a test is in a hurry. */
  readonly everyMs?: number;
}

/** Never ends by itself. The oldest come first. */
export async function* follow(
  source: Source,
  { query, onTrouble, everyMs = EVERY_MS }: FollowOptions,
): AsyncGenerator<readonly Cleanup[]> {
  const seen = new Map<string, number>();
  const { cursor: _, ...filter } = query;
  const [newest] = (await source.page({ ...filter, sort: "newest", limit: 1 })).rows;
  let latestMs = newest?.detectedAtMs ?? 0;
  const note = (rows: readonly Cleanup[]) => {
    const fresh = rows.filter(({ sessionId }) => !seen.has(sessionId));
    for (const { sessionId, detectedAtMs } of fresh) {
      seen.set(sessionId, detectedAtMs);
      latestMs = Math.max(latestMs, detectedAtMs);
    }
    return fresh;
  };
  const window = () => ({ ...filter, sort: "oldest", fromMs: Math.max(filter.fromMs ?? 0, latestMs - OVERLAP_MS) }) as const;
  // What is there already counts as seen before the latest are shown, so that only those are.
  if (newest !== undefined) for await (const rows of source.each(window())) note(rows);
  const { rows } = await source.page({ ...filter, sort: "newest" });
  note(rows);
  yield rows.toReversed();
  let trouble = false;
  for (;;) {
    await sleep(everyMs);
    try {
      for await (const batch of source.each(window())) yield note(batch);
      if (trouble) onTrouble("the server answers again");
      trouble = false;
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      if (!trouble) onTrouble(`${error.message}; trying again`);
      trouble = true;
    }
    for (const [id, detectedAtMs] of seen) if (detectedAtMs < latestMs - OVERLAP_MS) seen.delete(id);
  }
}
