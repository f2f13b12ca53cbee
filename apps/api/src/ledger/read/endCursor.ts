/** Cursors for pages of ends. Opaque to clients: only this file writes and reads them. */
import type { EndQuery } from "../../contract/endQuery.ts";
import { badCursor } from "../../contract/errors.ts";

type Sort = EndQuery["sort"];

const marks: Readonly<Record<Sort, string>> = { newest: "n", oldest: "o", slowest_detection: "d", slowest_cleanup: "c" };

/** The position of a page's last row: its sort key, and its id as the tiebreaker. */
export interface Position {
  readonly key: number;
  readonly id: number;
}

const pattern = /^([nodc])\.([0-9a-z]{1,11})\.([0-9a-z]{1,11})$/;

export function writeCursor(sort: Sort, { key, id }: Position): string {
  return Buffer.from(`${marks[sort]}.${key.toString(36)}.${id.toString(36)}`).toString("base64url");
}

/** @throws {LastbeatError} `bad_request` if the text is not a cursor, or belongs to a query with another order. */
export function readCursor(sort: Sort, cursor: string): Position {
  const [, mark, key, id] = pattern.exec(Buffer.from(cursor, "base64url").toString("latin1")) ?? [];
  if (mark === undefined || key === undefined || id === undefined) throw badCursor("made by this server");
  if (marks[sort] !== mark) throw badCursor("of a query in this order");
  const position = { key: Number.parseInt(key, 36), id: Number.parseInt(id, 36) };
  if (!Number.isSafeInteger(position.key) || !Number.isSafeInteger(position.id)) throw badCursor("made by this server");
  return position;
}
