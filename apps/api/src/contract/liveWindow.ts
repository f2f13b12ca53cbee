/** The live table's wire format: queries for a window of rows and updates to it. */
import { z } from "zod";
import { text } from "./text.ts";
import type { LiveSession } from "./views.ts";

/** The sortable columns of the live table. */
export const liveColumns = [
  "user",
  "room",
  "state",
  "round_trip",
  "misses",
  "age",
  "last_seen",
  "last_active",
  "address",
  "client",
] as const;
export type LiveColumn = (typeof liveColumns)[number];

export const liveStates = ["opening", "active", "suspect", "suspended", "ending"] as const;
export type LiveState = (typeof liveStates)[number];

/** Filters for the live table, shared by tRPC and REST. */
export const liveFilterShape = {
  search: text().trim().max(200).optional().describe("searched for in id, user, user id, room, address and client"),
  userId: z.string().min(1).max(200).optional().describe("exact user id"),
  state: z.array(z.enum(liveStates)).max(liveStates.length).optional(),
  kind: z.enum(["user", "admin"]).optional(),
};

const liveFilter = z.object(liveFilterShape);
export type LiveFilter = z.output<typeof liveFilter>;

/** Maximum rows per window. More than a large screen shows, yet small enough to keep updates short. */
export const MAX_WINDOW = 200;

export const liveWindowInput = z.object({
  ...liveFilterShape,
  sort: z.enum(liveColumns).default("age"),
  order: z.enum(["asc", "desc"]).default("asc"),
  /** Number of rows to skip. */
  offset: z.number().int().min(0).max(100_000_000).default(0),
  size: z.number().int().min(1).max(MAX_WINDOW).default(50),
  /**
   * Non-zero: rows keep their places, whatever happens to them, until this is 0 again. A different non-zero number re-sorts all rows and
   * holds them in their new places.
   */
  hold: z.number().int().min(0).default(0),
});
export type LiveWindowQuery = z.output<typeof liveWindowInput>;

export const liveLookInput = liveWindowInput.extend({
  window: z.number().int(),
  /** Echoed in the answer, so that a page can tell it from updates already in flight. */
  ask: z.number().int().min(0),
});

/** A row of the table. */
export type LiveRow = Omit<LiveSession, "busy" | "declaredBytes" | "resources">;

export interface LiveWindowUpdate {
  readonly window: number;
  /** Sequence number of the query that this update belongs to. */
  readonly ask: number;
  /** Total number of rows. While rows are held, the number when the hold began. */
  readonly total: number;
  readonly offset: number;
  /** The rows' ids in order; omitted if unchanged. `null` for a session that ended before this page saw it. */
  readonly ids?: readonly (string | null)[];
  /** Complete new rows, and changes to rows the page already has. A page keeps only the rows in `ids`. */
  readonly rows: readonly LiveRowUpdate[];
  /** The ids among `ids` whose sessions have ended. Only while rows are held. */
  readonly ended: readonly string[];
  /** Number of sessions that have been added, removed or moved since the hold began; 0 without a hold. */
  readonly changes: number;
}

export type LiveRowUpdate = Partial<LiveRow> & { readonly id: string };
