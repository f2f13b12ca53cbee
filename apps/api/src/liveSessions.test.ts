import type { SessionKeeper } from "@lastbeat/core";
import { afterEach, expect, test, vi } from "vitest";
import type { LiveSession } from "./contract/views.ts";
import { LiveSessions, type SessionListQuery, sessionListInput } from "./liveSessions.ts";
import type { CleanupStore } from "./store/store.ts";

afterEach(() => vi.restoreAllMocks());

const query = (asked: Partial<SessionListQuery>): SessionListQuery => ({ ...sessionListInput.parse({}), ...asked });

/** Many sessions with few different times, so that most have an equal in every order. */
function manySessions(count: number): LiveSession[] {
  let state = 7;
  const upTo = (end: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % end;
  };
  return Array.from({ length: count }, (_, at) => {
    const times = { openedAtMs: upTo(300), lastActiveAtMs: upTo(300), beats: [null, upTo(50) - 1] };
    const peer = { address: "192.0.2.7", client: "", transport: "json" };
    return {
      id: `session_${at}`,
      kind: "user",
      user: upTo(3) === 0 ? "Ada" : "Lin",
      room: null,
      state: "active",
      peer,
      ...times,
    };
  }) as unknown as LiveSession[];
}

function listOf(sessions: readonly LiveSession[]): LiveSessions {
  const keeper = { sessions: () => sessions.map((session) => ({ snapshot: () => session })) };
  return new LiveSessions(keeper as unknown as SessionKeeper, {} as CleanupStore);
}

const roundTrip = ({ beats }: LiveSession) => beats.findLast((beat) => beat !== null && beat >= 0) ?? -1;
const plainOrders: Record<SessionListQuery["sort"], (a: LiveSession, b: LiveSession) => number> = {
  newest: (a, b) => b.openedAtMs - a.openedAtMs,
  oldest: (a, b) => a.openedAtMs - b.openedAtMs,
  least_active: (a, b) => a.lastActiveAtMs - b.lastActiveAtMs,
  slowest: (a, b) => roundTrip(b) - roundTrip(a),
};

test.each(Object.keys(plainOrders) as SessionListQuery["sort"][])(
  "the first sessions by %s are those of a plain sort of all, equals in the same order",
  async (sort) => {
    for (const [count, limit] of [
      [0, 10],
      [499, 1],
      [500, 500],
      [3_000, 700],
      [3_000, 10_000],
    ] as const) {
      const sessions = manySessions(count);
      for (const search of [undefined, "ada"]) {
        const found = sessions.filter(({ user }) => search === undefined || user === "Ada");
        const { rows, total } = await listOf(sessions).list(query({ sort, limit, search }));
        expect(rows.map(({ id }) => id)).toEqual(
          [...found]
            .sort(plainOrders[sort])
            .slice(0, limit)
            .map(({ id }) => id),
        );
        expect(total).toBe(found.length);
      }
    }
  },
);

test("never more is sorted at once than is asked for and a slice", async () => {
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
