/**
 * Sends rooms their presence updates (rule SOC5). On a bad link every unsolicited byte delays a heartbeat, so a room gets at most one
 * update per second, only what changed, and doubts only if they last. A link that does not keep up gets nothing until it does.
 */
import type { Session, SessionKeeper } from "@lastbeat/core";
import type { Guarded } from "../guarded.ts";
import { encodePush, isPushSocket } from "../transports/pushSocket.ts";
import type { Room, Rooms } from "./rooms.ts";
import type { Member } from "./roster.ts";

/** Delay from the first change to its update, so that simultaneous joins share one update. */
const BATCH_DELAY_MS = 50;
/** Minimum time between two updates to a room. */
const EVERY_MS = 1_000;
/** A shorter doubt is not announced to the room: most are refuted sooner. */
const DOUBT_MS = 2_000;
/** Busy links are retried after one second, then with exponential back-off up to this delay. */
const MAX_RETRY_MS = 30_000;

interface Doubt {
  readonly presence: "suspect" | "suspended";
  readonly sinceMs: number;
}

/** The update state of one room: its single timer, and doubts not announced yet. */
interface Update {
  timer: NodeJS.Timeout | null;
  dueMs: number;
  sentMs: number;
  retryMs: number;
  readonly doubts: Map<string, Doubt>;
}

export class Presence {
  readonly #rooms: Rooms;
  readonly #guarded: Guarded;
  readonly #updates = new Map<Room, Update>();

  constructor(rooms: Rooms, guarded: Guarded) {
    this.#rooms = rooms;
    this.#guarded = guarded;
  }

  /** Subscribes to the keeper's verdicts. @returns a function that unsubscribes. */
  follow(keeper: Pick<SessionKeeper, "on">): () => void {
    const disposers = [
      keeper.on("suspect", ({ session }) => this.#doubted(session, "suspect")),
      keeper.on("refuted", ({ session }) => this.#answered(session)),
      keeper.on("suspended", ({ session }) => this.#doubted(session, "suspended")),
      keeper.on("attached", ({ session }) => this.#attached(session)),
    ];
    return () => {
      for (const dispose of disposers) dispose();
      for (const { timer } of this.#updates.values()) clearTimeout(timer ?? undefined);
      this.#updates.clear();
    };
  }

  /** The room's members changed: schedules an update. */
  changed(room: Room): void {
    if (room.roster.size > 0) return this.#schedule(room, performance.now() + BATCH_DELAY_MS);
    const update = this.#updates.get(room);
    clearTimeout(update?.timer ?? undefined);
    this.#updates.delete(room);
  }

  /** The session left the room. */
  left(room: Room, sessionId: string): void {
    this.#updates.get(room)?.doubts.delete(sessionId);
    this.changed(room);
  }

  /** Sends the member the full list with the next update. */
  resend(room: Room, member: Member): void {
    member.knownVersion = 0;
    this.changed(room);
  }

  #doubted(session: Session, presence: Doubt["presence"]): void {
    const room = this.#rooms.roomOf(session.id);
    const member = room?.roster.get(session.id);
    if (room === undefined || member === undefined) return;
    const { doubts } = this.#updateOf(room);
    // A suspect session that is now suspended has been in doubt since it became suspect.
    const sinceMs = doubts.get(session.id)?.sinceMs ?? performance.now() - (member.presence === "present" ? 0 : DOUBT_MS);
    doubts.set(session.id, { presence, sinceMs });
    this.#schedule(room, sinceMs + DOUBT_MS);
  }

  /** Updates sent to the previous connection may be lost, and a new client may never have received them. */
  #attached(session: Session): void {
    const member = this.#rooms.member(session.id);
    if (member !== undefined) member.knownVersion = 0;
    this.#answered(session);
  }

  #answered(session: Session): void {
    const room = this.#rooms.roomOf(session.id);
    const member = room?.roster.get(session.id);
    if (room === undefined || member === undefined) return;
    this.#updates.get(room)?.doubts.delete(session.id);
    room.roster.setPresence(session.id, "present");
    // It may have been skipped in the meantime.
    if (member.knownVersion < room.roster.version) this.changed(room);
  }

  #updateOf(room: Room): Update {
    const known = this.#updates.get(room);
    if (known !== undefined) return known;
    const never = Number.NEGATIVE_INFINITY;
    const update: Update = { timer: null, dueMs: 0, sentMs: never, retryMs: EVERY_MS, doubts: new Map() };
    this.#updates.set(room, update);
    return update;
  }

  #schedule(room: Room, wantedMs: number): void {
    const update = this.#updateOf(room);
    const dueMs = Math.max(wantedMs, update.sentMs + EVERY_MS);
    if (update.timer !== null && update.dueMs <= dueMs) return;
    clearTimeout(update.timer ?? undefined);
    update.dueMs = dueMs;
    update.timer = setTimeout(
      () => this.#guarded("send a room its presence update", () => this.#send(room, update)),
      Math.max(0, dueMs - performance.now()),
    );
    update.timer.unref();
  }

  #send(room: Room, update: Update): void {
    const nowMs = performance.now();
    update.timer = null;
    update.sentMs = nowMs;
    for (const [sessionId, { presence, sinceMs }] of update.doubts) {
      if (nowMs - sinceMs >= DOUBT_MS) room.roster.setPresence(sessionId, presence);
      else this.#schedule(room, sinceMs + DOUBT_MS);
    }
    const { more, busy } = updateMembers(room, update.doubts);
    if (more) this.#schedule(room, nowMs + EVERY_MS);
    if (busy) this.#schedule(room, nowMs + update.retryMs);
    update.retryMs = busy ? Math.min(MAX_RETRY_MS, 2 * update.retryMs) : EVERY_MS;
  }
}

/** @returns whether more changes remain than fit into one update, and whether a link was busy. */
function updateMembers(room: Room, doubts: ReadonlyMap<string, Doubt>): { readonly more: boolean; readonly busy: boolean } {
  const { roster } = room;
  const updates = new Map<number, ReturnType<typeof updateSince>>();
  let [more, busy] = [false, false];
  for (const { member } of roster.entries()) {
    const { socket } = member.session;
    // A join's answer lists the members, and is about to be sent.
    if (member.joining > 0) continue;
    // Members in doubt or without a connection are updated when they return.
    if (member.knownVersion >= roster.version || doubts.has(member.session.id) || !isPushSocket(socket)) continue;
    if (!socket.isIdle) {
      busy = true;
      continue;
    }
    const update = updates.get(member.knownVersion) ?? updateSince(room, member.knownVersion);
    updates.set(member.knownVersion, update);
    socket.push(update.encoded);
    member.knownVersion = update.version;
    if (update.version < roster.version) more = true;
  }
  return { more, busy };
}

function updateSince(room: Room, known: number) {
  const changes = known === 0 ? null : room.roster.changesAfter(known);
  const event =
    changes === null
      ? { type: "chat.members" as const, room: room.name, ...room.roster.snapshot() }
      : { type: "chat.members.changed" as const, room: room.name, ...changes };
  return { encoded: encodePush(event), version: event.version };
}
