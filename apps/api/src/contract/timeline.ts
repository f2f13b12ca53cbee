/** A session's timeline: the whole of it folded, or its events in pages (rule LED9). */
import { z } from "zod";
import type { TimelineEntry } from "./views.ts";

/** Events shown at the beginning and at the end of a folded timeline; one of up to twice as many and a half is not folded. */
export const FOLD_KEEPS = 100;
export const PAGE_MOST = 500;

export const timelinePageInput = z.object({
  after: z.number().int().min(0).describe("answers the events after the one with this seq, instead of the folded whole"),
  limit: z.number().int().min(1).max(PAGE_MOST).default(200).describe("events per page"),
});
export type TimelinePageQuery = z.output<typeof timelinePageInput>;

/** In REST, without `after` the answer is the folded whole. */
export const timelineQuery = z.strictObject({
  after: timelinePageInput.shape.after.optional(),
  limit: timelinePageInput.shape.limit,
});

export interface TimelinePage {
  readonly entries: readonly TimelineEntry[];
  /** Pass as `after` for the next page; `null` on the last. */
  readonly nextAfter: number | null;
}

/** Events of which only the number is told. The data of the entry of type `counted`, whose events the ledger no longer has. */
export interface CountedEvents {
  readonly count: number;
  /** How many of each type. */
  readonly types: Readonly<Record<string, number>>;
  readonly untilMs: number;
}

/** The data of the entry of type `folded` that stands for the events between. */
export interface FoldedEvents extends CountedEvents {
  /** The events are in pages after this one. */
  readonly after: number;
}
