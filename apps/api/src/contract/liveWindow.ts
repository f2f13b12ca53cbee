/** The live table as a page asks for it: which rows of it, in which order, and what came of them since. */
import { z } from "zod";
import { text } from "./text.ts";
import type { LiveSession } from "./views.ts";

/** The columns of the live table, each of which orders it. */
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

/** What narrows the live table down; the same over tRPC and REST. */
export const liveFilterShape = {
  search: text().trim().max(200).optional().describe("looked for in id, user, room, address and client"),
  state: z.array(z.enum(liveStates)).max(liveStates.length).optional(),
  kind: z.enum(["user", "admin"]).optional(),
};

const liveFilter = z.object(liveFilterShape);
export type LiveFilter = z.output<typeof liveFilter>;

/** More rows than a large screen shows, so that what a page is sent stays small. */
export const MAX_WINDOW = 200;

export const liveWindowInput = z.object({
  ...liveFilterShape,
  sort: z.enum(liveColumns).default("age"),
  order: z.enum(["asc", "desc"]).default("asc"),
  /** Rows before the first that is wanted. */
  offset: z.number().int().min(0).max(100_000_000).default(0),
  size: z.number().int().min(1).max(MAX_WINDOW).default(50),
  /**
   * Any number but 0: rows keep their places from now on, whatever happens to them, until it is 0 again. Another number puts every row
   * where it belongs now, and holds them there.
   */
  hold: z.number().int().min(0).default(0),
});
export type LiveWindowQuery = z.output<typeof liveWindowInput>;

export const liveLookInput = liveWindowInput.extend({
  window: z.number().int(),
  /** Given back with the answer, so that a page can tell it from what was on its way before. */
  ask: z.number().int().min(0),
});

/** One row of the table: what it shows of a session. */
export type LiveRow = Omit<LiveSession, "busy" | "declaredBytes" | "resources">;

export interface LiveWindowUpdate {
  readonly window: number;
  /** Number of the question that this answers, or goes on answering. */
  readonly ask: number;
  /** Rows in all. While rows are held, as many as when that began. */
  readonly total: number;
  readonly offset: number;
  /** The rows' ids in order; left out when they are as before. `null` for a session that ended before this page saw it. */
  readonly ids?: readonly (string | null)[];
  /** Rows that this page does not have yet, and what has changed in those it has. A page keeps only the rows in `ids`. */
  readonly rows: readonly LiveRowUpdate[];
  /** Of those in `ids`, which have ended; only while rows are held. */
  readonly ended: readonly string[];
  /** How many sessions have come, gone, or belong elsewhere since rows are held; 0 otherwise. */
  readonly changes: number;
}

export type LiveRowUpdate = Partial<LiveRow> & { readonly id: string };
