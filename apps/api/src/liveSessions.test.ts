import type { SessionKeeper } from "@lastbeat/core";
import { afterEach, expect, test, vi } from "vitest";
import { type LiveColumn, liveColumns } from "./contract/liveWindow.ts";
import type { EndStore } from "./ledger/store.ts";
import { type Figures, plainOrder, sampleFigures, sessionOf } from "./live/testing/fakeSessions.ts";
import { LiveSessions, type SessionListQuery, sessionListInput } from "./liveSessions.ts";

afterEach(() => vi.restoreAllMocks());

const query = (asked: Partial<SessionListQuery>): SessionListQuery => ({ ...sessionListInput.parse({}), ...asked });

/** Many sessions with few different figures, so that most have an equal in every order. */
function manySessions(count: number): Figures[] {
  let state = 7;
  const upTo = (end: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % end;
  };
  return Array.from({ length: count }, (_, at) => ({
    ...sampleFigures(at),
    user: upTo(3) === 0 ? "Ada" : `Lin ${upTo(12)}`,
    room: upTo(2) === 0 ? null : "general",
    misses: upTo(2),
    openedAtMs: upTo(300),
    seenMs: upTo(300),
    activeMs: upTo(300),
    beats: [null, upTo(50) - 1],
  }));
}

function listOf(all: readonly Figures[]): LiveSessions {
  const sessions = all.map(sessionOf);
  return new LiveSessions({ sessions: () => sessions } as unknown as SessionKeeper, {} as EndStore);
}

const named: Readonly<Record<string, readonly [LiveColumn, "asc" | "desc"]>> = {
  newest: ["age", "asc"],
  oldest: ["age", "desc"],
  least_active: ["last_active", "desc"],
  slowest: ["round_trip", "desc"],
};

test.each(Object.entries(named))("OPS2 the first sessions by %s match a plain sort of all", async (sort, [column, order]) => {
  for (const [count, limit] of [
    [0, 10],
    [499, 1],
    [500, 500],
    [3_000, 700],
    [3_000, 10_000],
  ] as const) {
    const all = manySessions(count);
    for (const search of [undefined, "ada"]) {
      const asked = query({ sort: sort as SessionListQuery["sort"], limit, search });
      const { rows, total } = await listOf(all).list(asked);
      const expected = plainOrder(all, { sort: column, order, search }).map(({ id }) => id);
      expect(rows.map(({ id }) => id)).toEqual(expected.slice(0, limit));
      expect(total).toBe(expected.length);
    }
  }
});

const bothWays = liveColumns.flatMap((sort) => (["asc", "desc"] as const).map((order) => [sort, order] as const));

test.each(bothWays)("OPS2 the pages by %s %s together match a plain sort of all, each session once", async (sort, order) => {
  const all = manySessions(1_200);
  const live = listOf(all);
  const met: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await live.list(query({ sort, order, limit: 500, cursor, search: "lin" }));
    met.push(...page.rows.map(({ id }) => id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  expect(met).toEqual(plainOrder(all, { sort, order, search: "lin" }).map(({ id }) => id));
});

test("OPS2 an invalid cursor or one of another order is refused", async () => {
  const live = listOf(manySessions(20));
  const { nextCursor } = await live.list(query({ sort: "user", limit: 5 }));
  await expect(live.list(query({ sort: "room", cursor: nextCursor ?? "" }))).rejects.toThrow(
    "cursor: expected a cursor of a list in this order",
  );
  await expect(live.list(query({ sort: "room", cursor: "xx" }))).rejects.toThrow("cursor: expected a cursor made by this server");
});

test("never sorts more than the limit plus one slice at once", async () => {
  const live = listOf(manySessions(20_000));
  const sorted: number[] = [];
  const sort = Array.prototype.sort;
  vi.spyOn(Array.prototype, "sort").mockImplementation(function (this: unknown[], order) {
    sorted.push(this.length);
    return sort.call(this, order);
  });
  const { rows } = await live.list(query({ limit: 1_000 }));
  vi.restoreAllMocks();
  expect(rows).toHaveLength(1_000);
  expect(Math.max(...sorted)).toBeLessThanOrEqual(1_500);
});
