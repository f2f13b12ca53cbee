/** Everything that a query matches, a page after the other. */
import type { CleanupQuery } from "../../contract/endQuery.ts";
import type { Cleanup } from "../../contract/views.ts";

/** Rows handed over at a time: a millisecond of the event loop. More are no faster, and let heartbeats wait longer. */
const ROWS = 50;

interface Page {
  readonly rows: readonly Cleanup[];
  readonly nextCursor: string | null;
}

/** Every batch is a query of its own, so that a slow taker keeps no transaction open and the log of changes short. */
export async function* eachBatch(
  read: (query: CleanupQuery) => Page | Promise<Page>,
  query: CleanupQuery,
): AsyncGenerator<readonly Cleanup[]> {
  let { cursor } = query;
  do {
    const { rows, nextCursor } = await read({ ...query, cursor, limit: ROWS });
    if (rows.length > 0) yield rows;
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
}
