import { createSeededRandom } from "@lastbeat/core/testing";
import { describe, expect, it } from "vitest";
import { type EndQuery, endSorts } from "../../contract/endQuery.ts";
import type { EndView } from "../../contract/views.ts";
import { directWriter } from "../testing/directWriter.ts";
import { asSessions, compare, FIRST_MS, filters, type ModelEnd, matches, modelEnds } from "../testing/endModel.ts";
import { modelLedger } from "../testing/modelLedger.ts";
import { query, scratch } from "../testing/scratchStore.ts";
import { createEndPages, type EndPages, TOTAL_CAP } from "./endPages.ts";

const ids = (rows: readonly EndView[]) => rows.map(({ sessionId }) => sessionId);

/** Follows the cursors to the last page; `between` runs after each page. */
function follow(pages: EndPages, asked: EndQuery, between: () => void = () => {}): string[] {
  const found: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = pages.page(cursor === undefined ? asked : { ...asked, cursor });
    expect(page.rows.length).toBeLessThanOrEqual(asked.limit);
    found.push(...ids(page.rows));
    cursor = page.nextCursor;
    between();
  }
  return found;
}

describe("pages of ends", () => {
  const ends = modelEnds(300);
  const ledger = modelLedger(ends, createEndPages);

  const expected = (filter: Partial<EndQuery>, sort: EndQuery["sort"]) =>
    ends
      .filter((end) => matches(end, filter))
      .sort(compare(sort))
      .map(({ sessionId }) => sessionId);

  it.each(filters)("LED7 are found by %s, in every order, page by page", (_, filter) => {
    for (const sort of endSorts) {
      const wanted = expected(filter, sort);
      expect(follow(ledger.subject, query({ ...filter, sort, limit: 7 })), sort).toEqual(wanted);
      const whole = ledger.subject.page(query({ ...filter, sort, limit: 500 }));
      expect([ids(whole.rows), whole.nextCursor, whole.total, whole.totalIsAtLeast]).toEqual([
        wanted,
        null,
        wanted.length,
        false,
      ]);
    }
  });

  it("LED7 are found by any combination of filters", () => {
    const random = createSeededRandom(7);
    let found = 0;
    for (let round = 0; round < 300; round += 1) {
      const chosen = Array.from({ length: 2 + random.int(3) }, () => random.pick(filters)[1]);
      const filter: Partial<EndQuery> = Object.assign({}, ...chosen);
      const sort = random.pick(endSorts);
      const wanted = expected(filter, sort);
      found += wanted.length;
      expect(follow(ledger.subject, query({ ...filter, sort, limit: 11 })), JSON.stringify({ filter, sort })).toEqual(wanted);
    }
    expect(found).toBeGreaterThan(1_000);
  });

  it("LED7 refuse a cursor that was not made here, and one of another order", () => {
    const { nextCursor } = ledger.subject.page(query({ limit: 5 }));
    const with_ = (cursor: string, sort: EndQuery["sort"] = "newest") => ledger.subject.page(query({ cursor, sort }));
    expect(() => with_(String(nextCursor), "oldest")).toThrow("cursor: expected a cursor");
    for (const cursor of ["x", "bi4xLg", Buffer.from("n.zzzzzzzzzzz.zzzzzzzzzzz").toString("base64url")])
      expect(() => with_(cursor), cursor).toThrow("cursor: expected a cursor");
  });
});

describe("pages of ends while sessions end", () => {
  it.each(endSorts)("LED7 leave out nothing and repeat nothing, in the order %s", async (sort) => {
    await using place = scratch();
    using writer = await directWriter(place.file);
    const ends = modelEnds(200);
    writer.ended(asSessions(ends));
    const known = new Map(ends.map((end) => [end.sessionId, end]));
    let round = 0;
    const insert = () => {
      round += 1;
      const more = modelEnds(5, { seed: 100 + round, prefix: `more${round}_`, spreadMs: 500 }).map(
        (end): ModelEnd => ({ ...end, at: 1_000 * round + end.at }),
      );
      writer.ended(asSessions(more));
      for (const end of more) known.set(end.sessionId, end);
    };
    const found = follow(createEndPages(writer.database), query({ sort, limit: 9 }), insert);
    expect(round).toBeGreaterThan(20);
    expect(new Set(found).size).toBe(found.length);
    expect(ends.filter(({ sessionId }) => !found.includes(sessionId))).toEqual([]);
    const inOrder = found.map((id) => known.get(id) as ModelEnd).sort(compare(sort));
    expect(found).toEqual(inOrder.map(({ sessionId }) => sessionId));
  });
});

describe("the total of a page", () => {
  it("LED7 is exact up to 10,000 and says `at least` beyond", async () => {
    await using place = scratch();
    using writer = await directWriter(place.file);
    const pages = createEndPages(writer.database);
    writer.ended(asSessions(modelEnds(TOTAL_CAP, { prefix: "a" })));
    const total = (filter: Partial<EndQuery> = {}) => {
      const page = pages.page(query({ ...filter, limit: 1 }));
      return [page.total, page.totalIsAtLeast];
    };
    expect(total()).toEqual([TOTAL_CAP, false]);
    writer.ended(asSessions(modelEnds(1, { prefix: "b" })));
    expect(total()).toEqual([TOTAL_CAP, true]);
    // Several walks are counted as one.
    expect(total({ tier: ["socket", "heartbeat", "timeout", "recovery"] })).toEqual([TOTAL_CAP, true]);
    expect(total({ fromMs: FIRST_MS + 1_000 })).toEqual([0, false]);
  });
});
