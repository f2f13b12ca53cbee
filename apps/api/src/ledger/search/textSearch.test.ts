import { describe, expect, it } from "vitest";
import type { EndQuery } from "../../contract/endQuery.ts";
import { createEndPages, TOTAL_CAP } from "../read/endPages.ts";
import { directWriter } from "../testing/directWriter.ts";
import { compare, FIRST_MS, matches, modelEnds } from "../testing/endModel.ts";
import { modelLedger } from "../testing/modelLedger.ts";
import { query, scratch } from "../testing/scratchStore.ts";
import { textSearch } from "./textSearch.ts";
import { createWordTerms } from "./wordTerms.ts";

describe("a text search over thousands of ends", () => {
  const ends = modelEnds(TOTAL_CAP, { prefix: "a" });
  const ledger = modelLedger(ends, createEndPages);

  const expected = (filter: Partial<EndQuery>, sort: EndQuery["sort"] = "newest") =>
    ends
      .filter((end) => matches(end, filter))
      .sort(compare(sort))
      .map(({ sessionId }) => sessionId);

  function firstPages(filter: Partial<EndQuery>, sort: EndQuery["sort"] = "newest") {
    const first = ledger.subject.page(query({ ...filter, sort }));
    const second = first.nextCursor === null ? null : ledger.subject.page(query({ ...filter, sort, cursor: first.nextCursor }));
    const ids = [...first.rows, ...(second?.rows ?? [])].map(({ sessionId }) => sessionId);
    expect(second === null || second.total === first.total).toBe(true);
    return { ids, total: first.total, atLeast: first.totalIsAtLeast };
  }

  it("LED7 of a word that most ends have counts them all up to the cap", () => {
    expect(firstPages({ text: "firefox" })).toMatchObject({ total: TOTAL_CAP, atLeast: false });
    const found = firstPages({ text: "alph" });
    expect(found.ids).toEqual(expected({ text: "alph" }).slice(0, 100));
    expect(found).toMatchObject({ total: expected({ text: "alph" }).length, atLeast: false });
  });

  it.each([
    ["is short", { text: "a" }],
    ["follows a whole word", { text: "gamma a" }],
    ["comes with other filters", { text: "a", user: "user1", fromMs: FIRST_MS + 100 }],
  ])("LED7 of a beginning that very many words have reads the first of them, and says `at least`, when it %s", (_, filter) => {
    for (const sort of ["newest", "oldest", "slowest_detection"] as const) {
      const found = firstPages(filter, sort);
      expect(found.ids, sort).toEqual(expected(filter, sort).slice(0, 100));
      expect(found.total).toBeGreaterThan(100);
      expect(found.total).toBeLessThanOrEqual(expected(filter).length);
      expect(found.atLeast).toBe(found.total < expected(filter).length);
    }
  });

  it("LED7 of a beginning that goes on to very many words, each in few ends, finds them all", () => {
    const found = firstPages({ text: "a12" });
    expect(found).toEqual({ ids: expected({ text: "a12" }).slice(0, 100), total: 111, atLeast: false });
  });
});

describe("a text search", () => {
  it("LED7 finds ends by words in any script, whatever marks their letters carry", async () => {
    await using place = scratch();
    using writer = await directWriter(place.file);
    const pages = createEndPages(writer.database);
    const details = ["हिन्दी में", "Grüße aus Köln", "日本語", "สวัสดี", "İstanbul", 'a "quoted" * NOT word'];
    writer.ended(new Map(details.map((detail, at) => [`session_${at}`, { ended: { detail } }])));
    const found = (text: string) => pages.page(query({ text })).rows.map(({ detail }) => detail);
    for (const text of [
      "हिन्दी",

      "GRÜ",
      "Gru\u0308ß",
      "koln",
      "本",
      "日本",
      "สวัส",
      "istan",
      "quot",
      '"quoted" * NOT wo',
    ]) {
      const [only, ...others] = found(text);
      expect([only, others], text).toEqual([expect.any(String), []]);
    }
    expect([found("*"), found("\u0e31"), found("nowhere")]).toEqual([[], [], []]);
  });

  it("LED7 asks for few words one by one, and leaves only a beginning of very many to be collected", async () => {
    await using place = scratch();
    using writer = await directWriter(place.file);
    writer.ended(new Map(Array.from({ length: 40 }, (_, at) => [`session_x${at}`, { opened: { room: `room${at % 3}` } }])));
    const search = (text: string) => textSearch(createWordTerms(writer.database), text);
    expect(search("unanswered rooms")).toBeNull();
    expect(search("unanswered ROOM")).toEqual({ match: '"unanswered" AND ("room0" OR "room1" OR "room2")', collects: null });
    expect(search("x")).toEqual({ match: '"x" *', collects: { without: null } });
    expect(search("room1 x")).toEqual({ match: '"room1" AND "x" *', collects: { without: '"room1"' } });
  });
});
