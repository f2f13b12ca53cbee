/** Live sessions as operators see them: found, sorted, explained, ended. Shared by tRPC and REST. */
import type { EndedRecord, Session, SessionKeeper, SessionSnapshot } from "@lastbeat/core";
import { z } from "zod";
import type { SessionDetail, SessionListReply } from "./contract/replies.ts";
import { text } from "./contract/text.ts";
import type { Cleanup, LiveSession } from "./contract/views.ts";
import type { CleanupStore } from "./store/store.ts";

export const sessionListInput = z.object({
  /** Looked for in id, user, room, address and client. */
  search: text().trim().max(200).optional(),
  state: z
    .array(z.enum(["opening", "active", "suspect", "suspended", "ending"]))
    .max(5)
    .optional(),
  kind: z.enum(["user", "admin"]).optional(),
  sort: z.enum(["newest", "oldest", "least_active", "slowest"]).default("newest"),
  limit: z.number().int().min(1).max(1000).default(200),
});

export type SessionListQuery = z.output<typeof sessionListInput>;

/** Sessions looked at in one turn of the event loop, so that an operator's list delays no heartbeat. */
const SLICE = 500;

export class LiveSessions {
  readonly #keeper: SessionKeeper;
  readonly #cleanups: CleanupStore;

  constructor(keeper: SessionKeeper, cleanups: CleanupStore) {
    this.#keeper = keeper;
    this.#cleanups = cleanups;
  }

  async list(query: SessionListQuery): Promise<SessionListReply> {
    const best: LiveSession[] = [];
    let total = 0;
    // Often, so that no turn sorts more than a slice and what is kept, which is in order already: sorting that is merging.
    const keepBest = () => {
      best.sort(orders[query.sort]);
      best.length = Math.min(best.length, query.limit);
    };
    await this.#each((session) => {
      const live = liveSession(session.snapshot());
      if (live === null || !matches(live, query)) return;
      best.push(live);
      total += 1;
      if (total % SLICE === 0) keepBest();
    });
    keepBest();
    return { rows: best, total };
  }

  /** `null` when no session of this id is live or in the ledger. */
  async detail(id: string): Promise<SessionDetail | null> {
    const session = this.#keeper.session(id);
    const [cleanup, timeline] = await Promise.all([this.#cleanups.get(id), this.#cleanups.timeline(id)]);
    const live = session === undefined ? null : liveSession(session.snapshot());
    if (live === null && cleanup === null) return null;
    return { live, deadlines: this.#keeper.explain(id) ?? [], cleanup, timeline };
  }

  /** Ends a session by an operator's command; `null` when none of this id is live. */
  async end(id: string, by: { readonly operator: string; readonly note?: string }): Promise<Cleanup | null> {
    const session = this.#keeper.session(id);
    if (session === undefined) return null;
    const ended = this.#keeper.end(id, { reason: "ended_by_operator", ...by });
    return ended === undefined ? null : cleanupOf(session, await ended);
  }

  async #each(visit: (session: Session) => void): Promise<void> {
    let seen = 0;
    for (const session of this.#keeper.sessions()) {
      visit(session);
      seen += 1;
      if (seen % SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** A snapshot in the API's words; `null` for a session that has ended. */
export function liveSession(snapshot: SessionSnapshot): LiveSession | null {
  const { peer, state, epoch: _, ...rest } = snapshot;
  if (state === "ended") return null;
  return { ...rest, state, address: peer.address, client: peer.client, transport: peer.transport };
}

/** An end as the ledger's readers see it, without asking the ledger. */
export function cleanupOf(session: Session, record: EndedRecord): Cleanup {
  const { kind, user, room, peer, openedAtMs } = session;
  const { address, client, transport } = peer;
  return { kind, user, room, address, client, transport, openedAtMs, ...record };
}

function matches(live: LiveSession, { search, state, kind }: SessionListQuery): boolean {
  if (kind !== undefined && live.kind !== kind) return false;
  if (state !== undefined && state.length > 0 && !state.includes(live.suspect ? "suspect" : live.state)) return false;
  if (search === undefined || search === "") return true;
  const wanted = search.toLowerCase();
  return [live.id, live.user, live.room ?? "", live.address, live.client].some((text) => text.toLowerCase().includes(wanted));
}

const orders: Readonly<Record<SessionListQuery["sort"], (a: LiveSession, b: LiveSession) => number>> = {
  newest: (a, b) => b.openedAtMs - a.openedAtMs,
  oldest: (a, b) => a.openedAtMs - b.openedAtMs,
  least_active: (a, b) => a.lastActiveAtMs - b.lastActiveAtMs,
  slowest: (a, b) => lastRoundTrip(b) - lastRoundTrip(a),
};

function lastRoundTrip({ beats }: LiveSession): number {
  return beats.findLast((beat) => beat !== null && beat >= 0) ?? -1;
}
