/** Sessions that are no more than their figures, and the live table as a plain sort and filter of all of them would show it. */
import type { Session, SessionSnapshot } from "@lastbeat/core";
import type { LiveColumn, LiveFilter, LiveWindowQuery } from "../../contract/liveWindow.ts";

export interface Figures {
  id: string;
  kind: "user" | "admin";
  user: string;
  room: string | null;
  state: Session["state"];
  misses: number;
  beats: (number | null)[];
  openedAtMs: number;
  seenMs: number;
  activeMs: number;
  address: string;
  client: string;
}

export const sampleFigures = (at: number): Figures => ({
  id: `session_${at}`,
  kind: "user",
  user: "Ada",
  room: null,
  state: "active",
  misses: 0,
  beats: [],
  openedAtMs: 1,
  seenMs: 1,
  activeMs: 1,
  address: "192.0.2.7",
  client: "Firefox/144",
});

/** Later than any moment of a monotonic clock that a test draws, so that these are told from counts. */
const WALL_MS = 2e12;

/** Live: what changes in `figures` is so at once. */
export function sessionOf(figures: Figures): Session {
  const live = {
    get misses() {
      return figures.misses;
    },
    get seenMonoMs() {
      return figures.seenMs;
    },
    get activeMonoMs() {
      return figures.activeMs;
    },
    get lastRoundTripMs() {
      return latestOf(figures);
    },
    get peer() {
      return { address: figures.address, client: figures.client, transport: "json" };
    },
    snapshot: () => snapshotOf(figures),
  };
  const same = ["id", "kind", "user", "room", "state", "openedAtMs"] as const;
  for (const field of same) Object.defineProperty(live, field, { get: () => figures[field] });
  return live as unknown as Session;
}

function snapshotOf(figures: Figures): SessionSnapshot {
  const { id, kind, user, room, state, misses, beats, address, client } = figures;
  return {
    id,
    kind,
    user,
    userId: null,
    room,
    state,
    misses,
    suspect: misses > 0,
    beats: [...beats],
    epoch: 1,
    peer: { address, client, transport: "json" },
    openedAtMs: figures.openedAtMs,
    lastSeenAtMs: WALL_MS + figures.seenMs * 10,
    lastActiveAtMs: WALL_MS + figures.activeMs * 10,
    busy: [],
    declaredBytes: 0,
    resources: [],
  };
}

const latestOf = ({ beats }: Figures) => beats.findLast((beat): beat is number => beat !== null && beat >= 0) ?? null;

const ranks = ["suspect", "opening", "suspended", "ending", "active"];
const stateOf = ({ misses, state }: Figures) => (misses > 0 ? "suspect" : state);
const natural = (text: string) => text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(10, "0"));

const keys: Readonly<Record<LiveColumn, (figures: Figures) => number | string>> = {
  user: ({ user }) => natural(user),
  room: ({ room }) => natural(room ?? ""),
  state: (figures) => ranks.indexOf(stateOf(figures)),
  round_trip: (figures) => latestOf(figures) ?? -1,
  misses: ({ misses }) => misses,
  age: ({ openedAtMs }) => -openedAtMs,
  last_seen: ({ seenMs }) => -seenMs,
  last_active: ({ activeMs }) => -activeMs,
  address: ({ address }) => natural(address),
  client: ({ client }) => natural(client),
};

export function plainFilter(all: Iterable<Figures>, { search, state, kind }: LiveFilter): Figures[] {
  return [...all].filter((one) => {
    if (kind !== undefined && one.kind !== kind) return false;
    if (state !== undefined && state.length > 0 && !state.some((wanted) => wanted === stateOf(one))) return false;
    const texts = [one.id, one.user, one.room ?? "", one.address, one.client];
    return texts.some((text) => text.toLowerCase().includes((search ?? "").toLowerCase()));
  });
}

export function plainOrder(all: Iterable<Figures>, query: Pick<LiveWindowQuery, "sort" | "order"> & LiveFilter): Figures[] {
  const key = keys[query.sort];
  const up = (a: number | string, b: number | string) => (a < b ? -1 : a > b ? 1 : 0);
  const sorted = plainFilter(all, query).sort((a, b) => up(key(a), key(b)) || up(a.id, b.id));
  return query.order === "asc" ? sorted : sorted.reverse();
}
