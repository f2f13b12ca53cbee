/** Iterates over all matches of a query in batches. */
import type { EndQuery } from "../../contract/endQuery.ts";
import type { EndView } from "../../contract/views.ts";

/** Rows per batch, which takes about a millisecond of the event loop. More would not be faster, but would delay heartbeats. */
const BATCH_ROWS = 50;

interface Page {
  readonly rows: readonly EndView[];
  readonly nextCursor: string | null;
}

/** Each batch is a separate query, so that a slow consumer does not hold a transaction open and let the write-ahead log grow. */
export async function* eachBatch(
  read: (query: EndQuery) => Page | Promise<Page>,
  query: EndQuery,
): AsyncGenerator<readonly EndView[]> {
  let { cursor } = query;
  do {
    const { rows, nextCursor } = await read({ ...query, cursor, limit: BATCH_ROWS });
    if (rows.length > 0) yield rows;
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
}
