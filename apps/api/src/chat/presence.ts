/**
 * Tells rooms who is there (rule SOC5). On a bad link each byte that nobody asked for stands in front of a heartbeat, so a room hears at most
 * once a second, only what changed, and of doubts only those that last; and a link that does not keep up is left alone until it does.
 */
import type { Session, SessionKeeper } from "@lastbeat/core";
import type { Owned } from "../owned.ts";
import { encodePush, isPushSocket } from "../transports/pushSocket.ts";
import type { Room, Rooms } from "./rooms.ts";
import type { Member } from "./roster.ts";

/** From the first change to its telling, so that those who come together are told together. In milliseconds, as all here. */
const SOON_MS = 50;
/** A room hears at most this often. */
const EVERY_MS = 1_000;
/** A doubt shorter than this stays between the server and the client: most are refuted sooner. */
const DOUBT_MS = 2_000;
/** Links that were busy are looked at again after a second, then less and less often. */
const LONGEST_RETRY_MS = 30_000;

interface Doubt {
  readonly presence: "suspect" | "suspended";
  readonly sinceMs: number;
}

/** A room's one timer, and what is not to be told yet. */
interface Telling {
  timer: NodeJS.Timeout | null;
  dueMs: number;
  toldMs: number;
  retryMs: number;
  readonly doubts: Map<string, Doubt>;
}

export class Presence {
  readonly #rooms: Rooms;
  readonly #owned: Owned;
  readonly #tellings = new Map<Room, Telling>();

  constructor(rooms: Rooms, owned: Owned) {
    this.#rooms = rooms;
    this.#owned = owned;
  }

  /** Follows the keeper's verdicts. @returns a function that stops it. */
  follow(keeper: Pick<SessionKeeper, "on">): () => void {
    const disposers = [
      keeper.on("suspect", ({ session }) => this.#doubted(session, "suspect")),
      keeper.on("refuted", ({ session }) => this.#answered(session)),
      keeper.on("suspended", ({ session }) => this.#doubted(session, "suspended")),
      keeper.on("attached", ({ session }) => this.#attached(session)),
    ];
    return () => {
      for (const dispose of disposers) dispose();
      for (const { timer } of this.#tellings.values()) clearTimeout(timer ?? undefined);
      this.#tellings.clear();
    };
  }

  /** The room's members changed: they hear of it with the next telling. */
  changed(room: Room): void {
    if (room.roster.size > 0) return this.#schedule(room, performance.now() + SOON_MS);
    const telling = this.#tellings.get(room);
    clearTimeout(telling?.timer ?? undefined);
    this.#tellings.delete(room);
  }

  /** The session left the room. */
  left(room: Room, sessionId: string): void {
    this.#tellings.get(room)?.doubts.delete(sessionId);
    this.changed(room);
  }

  /** A client has lost count and asks for the whole list; it comes with the next telling. */
  forgotten(room: Room, member: Member): void {
    member.knows = 0;
    this.changed(room);
  }

  #doubted(session: Session, presence: Doubt["presence"]): void {
    const room = this.#rooms.roomOf(session.id);
    const member = room?.roster.get(session.id);
    if (room === undefined || member === undefined) return;
    const { doubts } = this.#tellingOf(room);
    // What is suspect already and now suspended is in doubt since the first of them.
    const sinceMs = doubts.get(session.id)?.sinceMs ?? performance.now() - (member.presence === "present" ? 0 : DOUBT_MS);
    doubts.set(session.id, { presence, sinceMs });
    this.#schedule(room, sinceMs + DOUBT_MS);
  }

  /** What the connection before was sent may be lost with it, and whoever took the session over may never have had it. */
  #attached(session: Session): void {
    const member = this.#rooms.member(session.id);
    if (member !== undefined) member.knows = 0;
    this.#answered(session);
  }

  #answered(session: Session): void {
    const room = this.#rooms.roomOf(session.id);
    const member = room?.roster.get(session.id);
    if (room === undefined || member === undefined) return;
    this.#tellings.get(room)?.doubts.delete(session.id);
    room.roster.setPresence(session.id, "present");
    // It may have been left out meanwhile.
    if (member.knows < room.roster.version) this.changed(room);
  }

  #tellingOf(room: Room): Telling {
    const known = this.#tellings.get(room);
    if (known !== undefined) return known;
    const never = Number.NEGATIVE_INFINITY;
    const telling: Telling = { timer: null, dueMs: 0, toldMs: never, retryMs: EVERY_MS, doubts: new Map() };
    this.#tellings.set(room, telling);
    return telling;
  }

  #schedule(room: Room, wantedMs: number): void {
    const telling = this.#tellingOf(room);
    const dueMs = Math.max(wantedMs, telling.toldMs + EVERY_MS);
    if (telling.timer !== null && telling.dueMs <= dueMs) return;
    clearTimeout(telling.timer ?? undefined);
    telling.dueMs = dueMs;
    telling.timer = setTimeout(
      () => this.#owned("tell a room who is there", () => this.#tell(room, telling)),
      Math.max(0, dueMs - performance.now()),
    );
    telling.timer.unref();
  }

  #tell(room: Room, telling: Telling): void {
    const nowMs = performance.now();
    telling.timer = null;
    telling.toldMs = nowMs;
    for (const [sessionId, { presence, sinceMs }] of telling.doubts) {
      if (nowMs - sinceMs >= DOUBT_MS) room.roster.setPresence(sessionId, presence);
      else this.#schedule(room, sinceMs + DOUBT_MS);
    }
    const { more, busy } = tellMembers(room, telling.doubts);
    if (more) this.#schedule(room, nowMs + EVERY_MS);
    if (busy) this.#schedule(room, nowMs + telling.retryMs);
    telling.retryMs = busy ? Math.min(LONGEST_RETRY_MS, 2 * telling.retryMs) : EVERY_MS;
  }
}

/** @returns whether there is more to tell than fits at once, and whether a link was busy. */
function tellMembers(room: Room, doubts: ReadonlyMap<string, Doubt>): { readonly more: boolean; readonly busy: boolean } {
  const { roster } = room;
  const news = new Map<number, ReturnType<typeof newsAfter>>();
  let [more, busy] = [false, false];
  for (const member of roster.members()) {
    const { socket } = member.session;
    // Who is in doubt, or away, hears of it when it is back.
    if (member.knows >= roster.version || doubts.has(member.session.id) || !isPushSocket(socket)) continue;
    if (!socket.isIdle) {
      busy = true;
      continue;
    }
    const told = news.get(member.knows) ?? newsAfter(room, member.knows);
    news.set(member.knows, told);
    socket.push(told.encoded);
    member.knows = told.version;
    if (told.version < roster.version) more = true;
  }
  return { more, busy };
}

function newsAfter(room: Room, known: number) {
  const changes = known === 0 ? null : room.roster.changesAfter(known);
  const event =
    changes === null
      ? { type: "chat.members" as const, room: room.name, ...room.roster.snapshot() }
      : { type: "chat.members.changed" as const, room: room.name, ...changes };
  return { encoded: encodePush(event), version: event.version };
}
