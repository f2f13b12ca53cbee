/** Pages of ends. Uses keyset pagination, so that the thousandth page costs no more than the first. */
import type Database from "better-sqlite3";
import type { EndQuery } from "../../contract/endQuery.ts";
import type { EndPage, EndView } from "../../contract/views.ts";
import { createLookups, type Probe, type SqlFilter, sqlFilter } from "../search/endFilter.ts";
import { createWordProbe, type WordProbe } from "../search/wordProbe.ts";
import { type Position, readCursor, writeCursor } from "./endCursor.ts";
import { createEndRows } from "./endRows.ts";
import { countUpTo, positionsAfter } from "./endWalks.ts";

/** Matches are counted up to this number. */
export const TOTAL_CAP = 10_000;

/** Ends read per step of a probe, which gives up after a few steps. */
const PROBE_STEP = 500;
const PROBE_STEPS = 4;

type Filter = Extract<SqlFilter, { readonly nothing: false }>;
type Rows = Pick<EndPage, "rows" | "nextCursor">;
type Total = Pick<EndPage, "total" | "totalIsAtLeast">;

/** Matches in order from some position on. */
interface Found {
  readonly positions: readonly Position[];
  /** Whether all candidates have been searched. */
  readonly whole: boolean;
}

const nothing: Found = { positions: [], whole: true };

export interface EndPages {
  page(query: EndQuery): EndPage;
  /** A page without the count of all matches. */
  rows(query: EndQuery): Rows;
  get(sessionId: string): EndView | null;
}

export function createEndPages(database: Database.Database): EndPages {
  const lookups = createLookups(database);
  const probe = createWordProbe(database);
  const rows = createEndRows(database);

  /** `atMost` may exceed the page size when matches are also counted. */
  function find(filter: Filter, query: EndQuery, { after, atMost }: { after: Position | null; atMost: number }): Found {
    const probed = filter.probe === null ? null : probeAfter(database, probe, { ...filter.probe, query, after });
    if (probed !== null) return probed;
    const positions = positionsAfter(database, filter.walks, { sort: query.sort, after, atMost });
    return { positions, whole: positions.length < atMost };
  }

  function pageAfter(filter: SqlFilter, query: EndQuery): Rows {
    const after = query.cursor === undefined ? null : readCursor(query.sort, query.cursor);
    return pageOf(query, filter.nothing ? nothing : find(filter, query, { after, atMost: query.limit + 1 }));
  }

  function pageOf({ sort, limit }: EndQuery, { positions }: Found): Rows {
    const page = positions.slice(0, limit);
    const found = new Map(rows.byIds(page.map(({ id }) => id)).map(({ endId, end }) => [endId, end]));
    const last = page.at(-1);
    return {
      rows: page.flatMap(({ id }) => found.get(id) ?? []),
      nextCursor: positions.length > limit && last !== undefined ? writeCursor(sort, last) : null,
    };
  }

  return {
    rows: (query) => pageAfter(sqlFilter(query, lookups), query),
    page(query) {
      const filter = sqlFilter(query, lookups);
      if (filter.nothing) return { ...pageAfter(filter, query), ...totalOf(0, true) };
      if (query.text === undefined) {
        const total = countUpTo(database, filter.walks, TOTAL_CAP + 1);
        return { ...pageAfter(filter, query), ...totalOf(total, true) };
      }
      // The first matches also yield the total, as far as they go, since finding them may be most of the work.
      const first = find(filter, query, { after: null, atMost: TOTAL_CAP + 1 });
      const page = query.cursor === undefined ? pageOf(query, first) : pageAfter(filter, query);
      return { ...page, ...totalOf(first.positions.length, first.whole) };
    },
    get: rows.bySession,
  };
}

function totalOf(total: number, whole: boolean): Total {
  return { total: Math.min(total, TOTAL_CAP), totalIsAtLeast: !whole || total > TOTAL_CAP };
}

interface Probing extends Probe {
  readonly query: EndQuery;
  readonly after: Position | null;
}

/** Returns `null` if the ends read did not yield enough for a page. */
function probeAfter(database: Database.Database, probe: WordProbe, { walks, match, query, after }: Probing): Found | null {
  const positions: Position[] = [];
  let last = after;
  for (let step = 0; step < PROBE_STEPS; step += 1) {
    const looked = positionsAfter(database, walks, { sort: query.sort, after: last, atMost: PROBE_STEP });
    const matching = probe(
      looked.map(({ id }) => id),
      match,
    );
    positions.push(...looked.filter(({ id }) => matching.has(id)));
    if (looked.length < PROBE_STEP) return { positions, whole: true };
    if (positions.length > query.limit) return { positions, whole: false };
    last = looked.at(-1) ?? null;
  }
  return null;
}
