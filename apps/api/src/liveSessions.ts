/** Lists, explains and ends live sessions for operators. Shared by tRPC and REST. */
import type { Session, SessionEnd, SessionKeeper, SessionSnapshot } from "@lastbeat/core";
import { z } from "zod";
import { type LiveColumn, liveColumns, liveFilterShape } from "./contract/liveWindow.ts";
import type { SessionDetail, SessionListReply } from "./contract/replies.ts";
import type { EndView, LiveSession } from "./contract/views.ts";
import type { EndStore } from "./ledger/store.ts";
import { compareKeys, keyOf, readerOf } from "./live/columns.ts";
import { matches } from "./live/filter.ts";
import { type ListPlace, readListCursor, writeListCursor } from "./live/listCursor.ts";

/** Named orders and the column order each stands for. */
const namedOrders = {
  newest: ["age", "asc"],
  oldest: ["age", "desc"],
  least_active: ["last_active", "desc"],
  slowest: ["round_trip", "desc"],
} as const satisfies Record<string, readonly [LiveColumn, "asc" | "desc"]>;
type NamedOrder = keyof typeof namedOrders;
const orderNames = Object.keys(namedOrders) as NamedOrder[];

export const sessionListInput = z.object({
  ...liveFilterShape,
  sort: z
    .enum([...orderNames, ...liveColumns])
    .default("newest")
    .describe("a column of the live table, ordered by the value it shows, or a named order"),
  order: z.enum(["asc", "desc"]).optional().describe("sort direction for a column; default `asc`"),
  limit: z.number().int().min(1).max(1000).default(200),
  cursor: z.string().max(4_000).optional().describe("`nextCursor` of the previous page, with the same `sort` and `order`"),
});

export type SessionListQuery = z.output<typeof sessionListInput>;

/** Sessions processed per turn of the event loop, so that an operator's list delays no heartbeat. */
const SLICE = 500;

export class LiveSessions {
  readonly #keeper: SessionKeeper;
  readonly #ends: EndStore;

  constructor(keeper: SessionKeeper, ends: EndStore) {
    this.#keeper = keeper;
    this.#ends = ends;
  }

  /** @throws {LastbeatError} `bad_request` if the cursor does not belong to this list. */
  async list(query: SessionListQuery): Promise<SessionListReply> {
    const [column, order] = orderOf(query);
    const about = `${column} ${order}`;
    const after = query.cursor === undefined ? null : readListCursor(about, query.cursor);
    const sign = order === "asc" ? 1 : -1;
    const compare = (a: ListPlace, b: ListPlace) => sign * (compareKeys(a.key, b.key) || compareKeys(a.id, b.id));
    const read = readerOf(column);
    const best: Listed[] = [];
    const counts = { total: 0, after: 0 };
    // Runs once per slice, so no turn sorts more than one slice plus the kept rows. Those are already in order, so sorting amounts to merging.
    const keepBest = () => {
      best.sort(compare);
      best.length = Math.min(best.length, query.limit);
    };
    await inSlices(this.#keeper.sessions(), (session) => {
      if (session.state === "ended" || !matches(session, query)) return;
      counts.total += 1;
      const listed = { session, id: session.id, key: keyOf(read(session)) };
      if (after !== null && compare(listed, after) <= 0) return;
      best.push(listed);
      counts.after += 1;
      if (counts.after % SLICE === 0) keepBest();
    });
    keepBest();
    const rows: LiveSession[] = [];
    await inSlices(best, ({ session }) => rows.push(...[liveSession(session.snapshot())].filter((row) => row !== null)));
    const last = counts.after > best.length ? best.at(-1) : undefined;
    return { rows, total: counts.total, nextCursor: last === undefined ? null : writeListCursor(about, last) };
  }

  /** Returns `null` if no session with this id is live or in the ledger. */
  async detail(id: string): Promise<SessionDetail | null> {
    const session = this.#keeper.session(id);
    const [end, timeline] = await Promise.all([this.#ends.get(id), this.#ends.timeline(id)]);
    const live = session === undefined ? null : liveSession(session.snapshot());
    if (live === null && end === null) return null;
    return { live, deadlines: this.#keeper.explain(id) ?? [], end, timeline };
  }

  /** Ends a session on an operator's command. Returns `null` if no session with this id is live. */
  async end(id: string, by: { readonly operator: string; readonly note?: string }): Promise<EndView | null> {
    const session = this.#keeper.session(id);
    if (session === undefined) return null;
    const ended = this.#keeper.end(id, { reason: "ended_by_operator", ...by });
    return ended === undefined ? null : endViewOf(session, await ended);
  }

  /** Ends all sessions of a user on an operator's command (rule WHO1). Resolves once all ends are recorded. */
  async endAllOf(userId: string, by: { readonly operator: string; readonly note?: string }): Promise<EndView[]> {
    const ids: string[] = [];
    await inSlices(this.#keeper.sessions(), (session) => {
      if (session.userId === userId && session.state !== "ended") ids.push(session.id);
    });
    const ends: EndView[] = [];
    const ending: Promise<unknown>[] = [];
    await inSlices(ids, (id) => ending.push(this.end(id, by).then((ended) => ended !== null && ends.push(ended))));
    await Promise.all(ending);
    return ends;
  }
}

interface Listed extends ListPlace {
  readonly session: Session;
}

async function inSlices<T>(items: Iterable<T>, visit: (item: T) => void): Promise<void> {
  let seen = 0;
  for (const item of items) {
    visit(item);
    seen += 1;
    if (seen % SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

function orderOf({ sort, order }: SessionListQuery): readonly [LiveColumn, "asc" | "desc"] {
  const named = Object.hasOwn(namedOrders, sort) ? namedOrders[sort as NamedOrder] : ([sort as LiveColumn, "asc"] as const);
  return [named[0], order ?? named[1]];
}

/** Converts a snapshot to its API form; `null` for a session that has ended. */
export function liveSession(snapshot: SessionSnapshot): LiveSession | null {
  const { peer, state, epoch: _, ...rest } = snapshot;
  if (state === "ended") return null;
  return { ...rest, state, address: peer.address, client: peer.client, transport: peer.transport };
}

/** Builds the view of an end from the session, without querying the ledger. */
export function endViewOf(session: Session, end: SessionEnd): EndView {
  const { kind, user, userId, room, peer, openedAtMs } = session;
  const { address, client, transport } = peer;
  return { kind, user, userId, room, address, client, transport, openedAtMs, ...end };
}
