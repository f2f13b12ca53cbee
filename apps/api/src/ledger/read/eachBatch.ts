/** Everything that a query matches, a page after the other. */
import type { EndQuery } from "../../contract/endQuery.ts";
import type { EndView } from "../../contract/views.ts";

/** Rows handed over at a time: a millisecond of the event loop. More are no faster, and let heartbeats wait longer. */
const ROWS = 50;

interface Page {
  readonly rows: readonly EndView[];
  readonly nextCursor: string | null;
}

/** Every batch is a query of its own, so that a slow taker keeps no transaction open and the log of changes short. */
export async function* eachBatch(
  read: (query: EndQuery) => Page | Promise<Page>,
  query: EndQuery,
): AsyncGenerator<readonly EndView[]> {
  let { cursor } = query;
  do {
    const { rows, nextCursor } = await read({ ...query, cursor, limit: ROWS });
    if (rows.length > 0) yield rows;
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
}
