/** Opaque cursors for the list of live sessions. A session that has moved between pages may appear twice or not at all. */
import { z } from "zod";
import { badCursor } from "../contract/errors.ts";
import type { SortKey } from "./columns.ts";

/** The last session of a page. */
export interface ListPlace {
  readonly key: SortKey;
  readonly id: string;
}

const stored = z.tuple([z.string(), z.union([z.number(), z.string()]), z.string()]);

export function writeListCursor(order: string, { key, id }: ListPlace): string {
  return Buffer.from(JSON.stringify([order, key, id])).toString("base64url");
}

/** @throws {LastbeatError} `bad_request` if the text is not a cursor, or belongs to a list in another order. */
export function readListCursor(order: string, cursor: string): ListPlace {
  const [madeFor, key, id] = parsed(cursor);
  if (madeFor !== order) throw badCursor("of a list in this order");
  return { key, id };
}

function parsed(cursor: string): z.output<typeof stored> {
  try {
    return stored.parse(JSON.parse(Buffer.from(cursor, "base64url").toString()));
  } catch {
    throw badCursor("made by this server");
  }
}
