import { describe, expect, it } from "vitest";
import type { EndQuery } from "../../contract/endQuery.ts";
import { directWriter } from "../testing/directWriter.ts";
import { asSessions, FIRST_MS, modelEnds } from "../testing/endModel.ts";
import { query, type Scratch, scratch } from "../testing/scratchStore.ts";
import { createEndPages } from "./endPages.ts";
import { createEndStats } from "./endStats.ts";
import { createTimeLimit } from "./timeLimit.ts";

/** Filters that look at every row of an index and find nothing, or that have to sort all they find. */
const long: readonly (readonly [name: string, filter: Partial<EndQuery>])[] = [
  ["two conditions that never meet", { tier: ["socket", "timeout", "heartbeat"], initiator: ["operator"] }],
  [
    "the slowest of a reason that never meets an initiator",
    { reason: ["idle"], initiator: ["operator"], sort: "slowest_detection" },
  ],
  ["the slowest in a range of time", { fromMs: FIRST_MS, sort: "slowest_cleanup" }],
  ["common words, the slowest in a range of time", { text: "firefox", fromMs: FIRST_MS, sort: "slowest_detection" }],
];

async function filled(place: Scratch) {
  const writer = await directWriter(place.file);
  writer.ended(asSessions(modelEnds(1_000)));
  return writer;
}

describe("the time limit of a query", () => {
  it.each(long)("LED4 ends one that looks at very many rows: %s", async (_, filter) => {
    await using place = scratch();
    using writer = await filled(place);
    const pages = createEndPages(writer.database);
    const limit = createTimeLimit(writer.database, 0);
    expect(() => limit.within(() => pages.page(query(filter)))).toThrow("takes longer than 0 s");
    expect(writer.database.inTransaction).toBe(false);
    expect(() => pages.page(query(filter))).not.toThrow();
  });

  it("LED4 ends counting rows too", async () => {
    await using place = scratch();
    using writer = await filled(place);
    const stats = createEndStats(writer.database);
    const limit = createTimeLimit(writer.database, 0);
    expect(() => limit.within(() => stats(query({ user: "user1" })))).toThrow("takes longer than 0 s");
    expect(limit.within(() => stats(query({ tier: ["socket"] })).total)).toBeGreaterThan(0);
  });

  it("LED4 is told to whoever asked, and the reader goes on with the next question", async () => {
    await using place = scratch();
    (await filled(place))[Symbol.dispose]();
    const store = await place.open({ queryLimitMs: 0 });
    const [, filter] = long[0] ?? [];
    await expect(store.ends.page(query(filter))).rejects.toMatchObject({ code: "unavailable" });
    await expect(store.ends.page(query(filter))).rejects.toThrow("narrow the time range or the filter");
    expect((await store.ends.page(query())).total).toBe(1_000);
    await store.close();
  });
});
