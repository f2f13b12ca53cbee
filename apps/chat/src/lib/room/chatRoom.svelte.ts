/** One room as the page shows it: its messages, who is here, what is on its way and what is unread. */
import type { ChatMessage, MemberChanges, MemberSnapshot, PushEvent } from "@lastbeat/api";
import type { Api } from "@lastbeat/web/trpcDial";
import { TRPCClientError } from "@trpc/client";
import { ChatSession } from "../connection/chatSession.svelte.ts";
import { browserId } from "../storage/identity.ts";
import { kept } from "../storage/keptValues.ts";
import { atMostEvery } from "./atMostEvery.ts";
import { afterChanges } from "./knownMembers.ts";
import { catchUp, mergeMessages } from "./messages.ts";
import { Namesakes } from "./namesakes.ts";
import { newId } from "./newId.ts";
import { Outbox, type SendOutcome } from "./outbox.svelte.ts";
import { outboxShelf } from "./outboxShelf.ts";
import { type Person, peopleOf, typingPeople } from "./people.ts";
import { webLockTurns } from "./sendTurns.ts";
import { Typists } from "./typists.svelte.ts";
import { Unread } from "./unread.svelte.ts";

const PAGE = 50;
const TYPING_EVERY_MS = 3_000;
/** Well below any idle warning. */
const READING_EVERY_MS = 15_000;

export class ChatRoom {
  readonly room: string;
  readonly name: string;
  readonly session: ChatSession;
  readonly outbox: Outbox;
  readonly typists = new Typists();
  readonly namesakes = new Namesakes();
  readonly unread: Unread;
  messages = $state.raw<readonly ChatMessage[]>([]);
  /** What was last heard of who is here; `null` before anything was. */
  known = $state.raw<MemberSnapshot | null>(null);
  /** The room was joined at least once, so what is shown is its content. */
  joined = $state(false);
  hasOlder = $state(false);
  loadingOlder = $state(false);
  #ownSessions = new Set<string>();
  #ownPerson: string | null = null;
  #typedAtMs = Number.NEGATIVE_INFINITY;
  /** Somebody reads, by wheel, finger or key. The server must be told, for fetching old messages alone is no activity. */
  readonly read = atMostEvery(
    READING_EVERY_MS,
    () => performance.now(),
    () => this.session.stillHere(),
  );

  constructor(room: string, name: string) {
    this.room = room;
    this.name = name;
    this.unread = new Unread(kept, room);
    this.outbox = new Outbox({
      shelf: outboxShelf(() => localStorage, room, name),
      turns: webLockTurns(navigator.locks),
      newId,
      now: Date.now,
      stored: (message) => this.#take([message]),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    });
    this.session = new ChatSession({
      room,
      name,
      browser: browserId(),
      opened: (api) => void this.#join(api),
      pushed: (event) => this.#pushed(event),
      lost: () => this.outbox.connect(null),
    });
    this.session.start();
  }

  readonly people: readonly Person[] = $derived.by(() => peopleOf(this.known?.members ?? [], this.namesakes));
  /** Names of the others who type. */
  readonly typing: readonly string[] = $derived.by(() => typingPeople(this.people, this.typists.names, this.session.sessionId));

  /** Sessions in the room beyond those that are listed. */
  get unlisted(): number {
    return this.known === null ? 0 : this.known.total - this.known.members.length;
  }

  get newestSeq(): number | undefined {
    return this.messages.at(-1)?.seq;
  }

  isMine(message: ChatMessage): boolean {
    return this.#ownSessions.has(message.sessionId) || message.person === this.#ownPerson;
  }

  send(text: string): void {
    this.unread.clearMark();
    this.outbox.add(text);
    // What is typed next is the next message, and the others hear of it at once.
    this.#typedAtMs = Number.NEGATIVE_INFINITY;
  }

  typed(): void {
    const nowMs = performance.now();
    if (nowMs - this.#typedAtMs < TYPING_EVERY_MS) return;
    this.#typedAtMs = nowMs;
    this.session.api?.chat.typing.mutate().catch(() => {});
  }

  /** Loads the page before the oldest message shown. */
  async loadOlder(): Promise<void> {
    const { api } = this.session;
    const beforeSeq = this.messages[0]?.seq;
    if (api === null || beforeSeq === undefined || this.loadingOlder || !this.hasOlder) return;
    this.loadingOlder = true;
    try {
      const older = await api.chat.history.query({ room: this.room, limit: PAGE, beforeSeq });
      this.hasOlder = older.length === PAGE;
      // After a reconnect the list may begin elsewhere; what was asked for would leave a hole then.
      if (this.messages[0]?.seq === beforeSeq) this.messages = mergeMessages(this.messages, older);
    } catch {
      // The connection is gone. Scrolling asks again once it is back.
    } finally {
      this.loadingOlder = false;
    }
  }

  async leave(): Promise<void> {
    await this.session.leave();
    this.dispose();
  }

  dispose(): void {
    this.session.dispose();
    this.typists.clear();
    this.outbox.dispose();
  }

  async #join(api: Api): Promise<void> {
    if (this.session.sessionId !== null) this.#ownSessions.add(this.session.sessionId);
    try {
      const { person, version, total, members, messages } = await api.chat.join.mutate({ room: this.room });
      this.#ownPerson = person;
      const merged = catchUp(this.messages, messages);
      // How many come with a join is the server's choice, so only asking tells whether there are more.
      if (merged[0]?.id !== this.messages[0]?.id) this.hasOlder = merged.length > 0;
      this.known = { version, total, members };
      this.#show(merged);
      this.joined = true;
      this.outbox.connect((message) => sendThrough(api, message));
    } catch {
      // Lost while joining. The next connection joins again.
    }
  }

  #pushed(event: PushEvent): void {
    switch (event.type) {
      case "chat.message":
        this.typists.gone(event.message.sessionId);
        // Before the first page is here, a single message would look like the whole history.
        if (this.joined && event.message.room === this.room) this.#take([event.message]);
        return;
      case "chat.members":
        if (event.room === this.room) this.known = event;
        return;
      case "chat.members.changed":
        if (event.room === this.room) this.#changed(event);
        return;
      case "chat.typing":
        if (event.room === this.room) this.typists.seen(event.sessionId, event.user);
        return;
      default:
    }
  }

  #changed(changes: MemberChanges): void {
    // The answer to the join will have it all.
    if (this.known === null) return;
    const known = afterChanges(this.known, changes);
    if (known !== null) this.known = known;
    // A change was missed: the server is asked for the whole list, which it sends soon.
    else this.session.api?.chat.members.mutate().catch(() => {});
  }

  #take(messages: readonly ChatMessage[]): void {
    this.#show(mergeMessages(this.messages, messages));
  }

  #show(messages: readonly ChatMessage[]): void {
    this.messages = messages;
    this.unread.arrived(messages, (message) => this.isMine(message));
  }
}

/** Codes that blame the message; any other answer means that the connection was not ready for it. */
const refusals: Readonly<Record<string, string>> = {
  BAD_REQUEST: "The server did not accept this message.",
  CONFLICT: "Another message has the same id.",
  TOO_MANY_REQUESTS: "Too many messages at once.",
  INTERNAL_SERVER_ERROR: "The server could not store it.",
  SERVICE_UNAVAILABLE: "The server could not store it.",
};

async function sendThrough(api: Api, message: { id: string; text: string }): Promise<SendOutcome> {
  try {
    return { stored: await api.chat.send.mutate(message) };
  } catch (error) {
    const data = error instanceof TRPCClientError ? error.data : undefined;
    if (typeof data?.retryAfterMs === "number") return { retryAfterMs: data.retryAfterMs };
    const code = data?.code;
    const refusal = typeof code === "string" ? refusals[code] : undefined;
    return refusal === undefined ? null : { refusal };
  }
}
