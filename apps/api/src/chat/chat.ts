/** The chat service used by procedures and the JSON socket. */
import type { Session, SessionKeeper } from "@lastbeat/core";
import { withJson } from "@lastbeat/trpc/link";
import { failure } from "../contract/errors.ts";
import type { ChatMessage, StoredMessage } from "../contract/push.ts";
import type { JoinReply } from "../contract/replies.ts";
import type { Guarded } from "../guarded.ts";
import type { MessageStore } from "../ledger/store.ts";
import type { Users } from "../users/users.ts";
import { Broadcasts } from "./broadcasts.ts";
import { Budgets } from "./budgets.ts";
import type { DiskFloor } from "./diskFloor.ts";
import { type Newest, NewestMessages } from "./newestMessages.ts";
import { type Identified, Persons } from "./person.ts";
import { Presence } from "./presence.ts";
import { Rooms } from "./rooms.ts";
import { type Member, Roster } from "./roster.ts";
import { Typing } from "./typing.ts";

const RECENT_SENDS = 256;

export const LOOK_ALIKE = "somebody in this room has a name that looks like yours; choose another name";

export interface HistoryQuery {
  readonly room: string;
  readonly limit: number;
  readonly beforeSeq?: number;
}

export interface ChatOptions {
  readonly keeper: SessionKeeper;
  readonly messages: MessageStore;
  /** Messages a client receives when it joins. */
  readonly historyLimit: number;
  /** Which rooms a user may enter, and whether users choose their own names. */
  readonly users: Pick<Users, "guests" | "mayEnter">;
  /** Says why no messages can be stored now. */
  readonly diskFloor?: Pick<DiskFloor, "cause">;
  readonly now: () => number;
  readonly guarded: Guarded;
  /** Default: the system's clock. */
  readonly monotonicMs?: () => number;
}

export class Chat {
  /** Calls and messages refused because they came too fast, since the start, for the metrics. */
  rateLimited = 0;
  readonly #rooms = new Rooms();
  readonly #presence: Presence;
  readonly #typing = new Typing(this.#rooms);
  readonly #broadcasts: Broadcasts;
  readonly #persons: Persons;
  readonly #budgets: Budgets;
  readonly #diskFloor: Pick<DiskFloor, "cause"> | null;
  readonly #users: ChatOptions["users"];
  readonly #messages: MessageStore;
  readonly #newest: NewestMessages;
  readonly #now: () => number;
  readonly #unfollow: () => void;
  /** The most recent sends by message id. A repeated send gets its answer from here. */
  readonly #recent = new Map<string, Promise<StoredMessage>>();

  constructor({
    keeper,
    messages,
    historyLimit,
    users,
    diskFloor,
    now,
    guarded,
    monotonicMs = () => performance.now(),
  }: ChatOptions) {
    this.#presence = new Presence(this.#rooms, guarded);
    this.#broadcasts = new Broadcasts(guarded);
    this.#persons = new Persons(users.guests);
    this.#users = users;
    this.#diskFloor = diskFloor ?? null;
    this.#budgets = new Budgets({ settings: () => keeper.settings, nowMs: monotonicMs });
    this.#messages = messages;
    this.#newest = new NewestMessages(messages, historyLimit, (message) => this.#shown(message));
    this.#now = now;
    this.#unfollow = this.#presence.follow(keeper);
  }

  /** Moves the session into the room. A no-op if it is already there. */
  async join(session: Session, name: string): Promise<JoinReply> {
    this.spendCall(session);
    this.#mustBeOpenTo(session, name);
    if (this.hasLookAlike(name, session)) throw failure("conflict", LOOK_ALIKE);
    // Clients rejoin by themselves after a reconnect. Changing rooms is user activity (rule TO1).
    if (session.room !== name) session.touch();
    this.enter(session, name);
    const member = this.#rooms.member(session.id);
    if (member !== undefined) member.joining += 1;
    try {
      // Messages that arrive while history is being read also reach the client as events. It removes duplicates by id.
      return this.#joined(session, name, await this.#newest.of(name));
    } finally {
      if (member !== undefined) this.#endJoin(session, member);
    }
  }

  /** Whether somebody else in the room has a name that looks like this one, where users choose their own (rule NAM2). */
  hasLookAlike(room: string, { kind, user }: Pick<Session, "kind" | "user">): boolean {
    return this.#users.guests && kind === "user" && this.#rooms.room(room)?.names.hasLookAlike(user) === true;
  }

  /** Has the member updated if its join was not answered. */
  #endJoin(session: Session, member: Member): void {
    member.joining -= 1;
    const room = this.#rooms.roomOf(session.id);
    if (room?.roster.get(session.id) === member && member.knownVersion < room.roster.version) this.#presence.changed(room);
  }

  #joined(session: Session, name: string, { messages, json }: Newest): JoinReply {
    const roster = this.#rooms.room(name)?.roster ?? new Roster();
    const snapshot = roster.snapshot();
    const member = this.#rooms.roomOf(session.id)?.name === name ? this.#rooms.member(session.id) : undefined;
    if (member !== undefined) member.knownVersion = snapshot.version;
    const { version, total } = snapshot;
    const person = this.#persons.idIn(name, identityOf(session));
    const start = `{"room":${JSON.stringify(name)},"person":${JSON.stringify(person)},"version":${version},"total":${total},"members":`;
    return withJson({ room: name, person, ...snapshot, messages }, [start, roster.listing().json, ',"messages":', json, "}"]);
  }

  /** The client missed a membership change: schedules a full list with the next update. */
  resync(session: Session): void {
    this.spendCall(session);
    const room = this.#rooms.roomOf(session.id);
    const member = this.#rooms.member(session.id);
    if (room !== undefined && member !== undefined) this.#presence.resend(room, member);
  }

  enter(session: Session, name: string): void {
    if (this.#rooms.roomOf(session.id)?.name === name) return;
    this.#leave(session.id);
    const member: Member = {
      session,
      person: this.#persons.idIn(name, identityOf(session)),
      joinedAtMs: this.#now(),
      presence: "present",
      knownVersion: 0,
      sending: 0,
      typedWhileSending: false,
      joining: 0,
      typedAtMs: Number.NEGATIVE_INFINITY,
      disown: () => {},
    };
    const room = this.#rooms.add(name, member);
    session.room = name;
    this.#presence.changed(room);
    // Owned last: if the session has ended in the meantime, core releases it at once.
    member.disown = session.own(`room ${name}`, { [Symbol.dispose]: () => this.#leave(session.id) });
  }

  /** Stores the message, then broadcasts it to the room. Idempotent by message id. */
  async send(session: Session, { id, text }: { readonly id: string; readonly text: string }): Promise<ChatMessage> {
    const room = this.#rooms.roomOf(session.id)?.name;
    if (room === undefined) throw failure("join_first", "join a room first");
    this.#mustBeOpenTo(session, room);
    this.#spendMessage(session, text);
    const low = this.#diskFloor?.cause() ?? null;
    if (low !== null) throw failure("storage_low", `messages are not taken now: ${low}`);
    const draft = { id, room, ...identityOf(session), text, sentAtMs: this.#now() };
    const stored = await this.#typing.whileSending(session.id, this.#recent.get(id) ?? this.#store(draft));
    if (stored.room !== room || !this.#persons.areSame(stored, session) || stored.text !== text) {
      throw failure("conflict", "another message has this id");
    }
    return this.#shown(stored);
  }

  #shown({ userId, ...message }: StoredMessage): ChatMessage {
    return { ...message, person: this.#persons.idIn(message.room, { ...message, userId }) };
  }

  #store(draft: Omit<StoredMessage, "seq">): Promise<StoredMessage> {
    const sending = this.#storeAndBroadcast(draft);
    this.#recent.set(draft.id, sending);
    // A failed send may be retried.
    sending.catch(() => this.#recent.delete(draft.id));
    for (const id of this.#recent.keys()) {
      if (this.#recent.size <= RECENT_SENDS) break;
      this.#recent.delete(id);
    }
    return sending;
  }

  async #storeAndBroadcast(draft: Omit<StoredMessage, "seq">): Promise<StoredMessage> {
    const stored = await this.#messages.append(draft);
    const isNew = stored.sessionId === draft.sessionId && stored.sentAtMs === draft.sentAtMs;
    const room = this.#rooms.room(draft.room);
    if (isNew && room !== undefined) this.#broadcasts.send(room, { type: "chat.message", message: this.#shown(stored) });
    return stored;
  }

  typing(session: Session): void {
    this.spendCall(session);
    this.#typing.typed(session.id);
  }

  async history(session: Session, query: HistoryQuery): Promise<ChatMessage[]> {
    this.spendCall(session);
    this.#mustBeOpenTo(session, query.room);
    const stored = await this.#messages.history(query.room, query.limit, query.beforeSeq);
    return stored.map((message) => this.#shown(message));
  }

  /** Takes the session out of its room, as the room is not open to its user any more. */
  leave(session: Session): void {
    this.#leave(session.id);
    session.room = null;
  }

  /** Counts a call that is about the chat. @throws {LastbeatError} `rate_limited` if the session makes too many. */
  spendCall(session: Session): void {
    this.#refuseFor(this.#budgets.call(session.id), "too many chat calls at once");
  }

  #spendMessage(session: Session, text: string): void {
    this.spendCall(session);
    this.#refuseFor(this.#budgets.message(identityOf(session), Buffer.byteLength(text)), "too many messages at once");
  }

  #refuseFor(retryAfterMs: number | null, message: string): void {
    if (retryAfterMs === null) return;
    this.rateLimited += 1;
    throw failure("rate_limited", `${message}; try again in ${retryAfterMs} ms`, { data: { retryAfterMs } });
  }

  /** Rule WHO4. */
  #mustBeOpenTo(session: Session, room: string): void {
    if (!this.#users.mayEnter(session, room)) throw failure("forbidden", `the room ${room} is not open to you`);
  }

  close(): void {
    this.#unfollow();
  }

  #leave(sessionId: string): void {
    const member = this.#rooms.member(sessionId);
    if (member === undefined) return;
    member.disown();
    const room = this.#rooms.remove(sessionId);
    if (room !== undefined) this.#presence.left(room, sessionId);
  }
}

function identityOf({ id, user, userId }: Session): Identified {
  return { sessionId: id, user, userId };
}
