import { randomUUID } from "node:crypto";
import { createSessionKeeper, type Peer, type Session, type SessionKeeper } from "@lastbeat/core";
import { eventually } from "@lastbeat/support/eventually";
import { type EncodedEvent, jsonOf } from "@lastbeat/trpc/link";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { PushEvent, RoomMember, StoredMessage } from "../contract/push.ts";
import { createMemoryStore, type MemoryStore } from "../testing/memoryStore.ts";
import type { PushSocket } from "../transports/pushSocket.ts";
import { Chat, type ChatOptions } from "./chat.ts";

const peer: Peer = { address: "127.0.0.1", client: "test", transport: "test" };

class FakeSocket implements PushSocket {
  readonly bufferedBytes = 0;
  readonly isIdle = true;
  readonly events: PushEvent[] = [];
  push({ json }: EncodedEvent) {
    this.events.push(JSON.parse(json) as PushEvent);
  }
  pushAll(events: readonly EncodedEvent[]) {
    for (const encoded of events) this.push(encoded);
  }
  heartbeat() {}
  ping() {}
  notify() {}
  close() {}
  terminate() {}
  members() {
    let list: RoomMember[] = [];
    for (const event of this.events) {
      if (event.type === "chat.members") list = [...event.members];
      if (event.type !== "chat.members.changed") continue;
      const gone = new Set([...event.left, ...event.changed.map(({ sessionId }) => sessionId)]);
      list = [...list.filter(({ sessionId }) => !gone.has(sessionId)), ...event.changed];
    }
    return list.map(({ user, presence }) => `${user} ${presence}`).sort();
  }
}

let keeper: SessionKeeper;
let store: MemoryStore;
let chat: Chat;
beforeEach(() => {
  keeper = createSessionKeeper({ settings: { resumeGraceMs: 60_000, maxSessions: 100 } });
  store = createMemoryStore();
  chat = new Chat(options());
});
afterEach(async () => {
  chat.close();
  await keeper.close();
});

const users = (guests: boolean) => ({ guests, mayEnter: () => true });

function options(): ChatOptions {
  return {
    keeper,
    messages: store.messages,
    historyLimit: 50,
    users: users(true),
    now: () => Date.now(),
    guarded: (_, work) => work(),
  };
}

async function open(user: string, userId?: string) {
  const socket = new FakeSocket();
  const connection = keeper.accept(socket, peer);
  const result = await connection?.hello({ user, userId });
  if (connection === null || connection === undefined || result?.accepted !== true) throw new Error("not accepted");
  return { socket, connection, session: result.session as Session, welcome: result.welcome };
}

/** Joins as a client does, which goes on from what the answer says. */
async function join({ session, socket }: Awaited<ReturnType<typeof open>>, room: string) {
  const { messages: _, ...members } = await chat.join(session, room);
  socket.events.push({ type: "chat.members", ...members });
}

describe("a room", () => {
  test("a session is in one room at a time, and owns its place there", async () => {
    const { session } = await open("Ada");
    await chat.join(session, "one");
    await chat.join(session, "two");
    expect(session.snapshot()).toMatchObject({ room: "two", resources: ["room two"] });
    const other = await open("Bob");
    expect((await chat.join(other.session, "one")).members.map(({ user }) => user)).toEqual(["Bob"]);
  });

  test("joining the room it is in changes nothing", async () => {
    const { session } = await open("Ada");
    const first = await chat.join(session, "one");
    expect(await chat.join(session, "one")).toEqual(first);
    expect(session.snapshot().resources).toEqual(["room one"]);
  });

  test("SES6 ending a session removes it from its room", async () => {
    const [ada, bob] = [await open("Ada"), await open("Bob")];
    await chat.join(ada.session, "one");
    await join(bob, "one");
    expect(await ada.session.end()).toMatchObject({ resourcesReleased: 1, cleanup: "complete" });
    await eventually(() => expect(bob.socket.members()).toEqual(["Bob present"]));
  });

  test("SES5 a suspended member keeps its place and is shown so until it comes back", async () => {
    const [ada, bob] = [await open("Ada"), await open("Bob")];
    await chat.join(ada.session, "one");
    await join(bob, "one");
    ada.connection.closed(1006, "");
    await eventually(() => expect(bob.socket.members()).toEqual(["Ada suspended", "Bob present"]));
    const socket = new FakeSocket();
    const { sessionId, resumeToken: token } = ada.welcome;
    const back = await keeper.accept(socket, peer)?.hello({ user: "Ada", resume: { sessionId, token } });
    expect(back).toMatchObject({ accepted: true });
    await eventually(() => expect(bob.socket.members()).toEqual(["Ada present", "Bob present"]));
    await chat.send(bob.session, { id: randomUUID(), text: "welcome back" });
    expect(socket.events).toContainEqual(expect.objectContaining({ type: "chat.message" }));
  });

  test("many changes at once make one event", async () => {
    const watcher = await open("Watcher");
    await join(watcher, "one");
    for (let i = 0; i < 20; i++) await chat.join((await open(`user ${i}`)).session, "one");
    await eventually(() => expect(watcher.socket.members()).toHaveLength(21));
    expect(watcher.socket.events.filter(({ type }) => type.startsWith("chat.members")).length).toBeLessThan(4);
  });

  test("WHO1 sessions of one user id and name are one person, per room, without revealing the id", async () => {
    const tabs = [
      await open("Ada", "guest_1"),
      await open("Ada", "guest_1"),
      await open("Ada", "guest_2"),
      await open("Bob", "guest_1"),
      await open("Ada"),
    ];
    for (const { session } of tabs) await chat.join(session, "one");
    const { members } = await chat.join((tabs[0] as (typeof tabs)[0]).session, "one");
    const [first, second, phone, bob, unknown] = members.map(({ person }) => person);
    expect(first).toBe(second);
    expect(new Set([first, phone, bob, unknown]).size).toBe(4);
    expect(JSON.stringify(members)).not.toContain("guest_");
    await chat.join((tabs[1] as (typeof tabs)[0]).session, "two");
    const { members: elsewhere } = await chat.join((tabs[1] as (typeof tabs)[0]).session, "two");
    expect(elsewhere[0]?.person).not.toBe(first);
  });

  test("a session that has ended meanwhile does not stay in the room it joins", async () => {
    const [late, bob] = [await open("Late"), await open("Bob")];
    await late.session.end();
    await chat.join(late.session, "one");
    expect((await chat.join(bob.session, "one")).members.map(({ user }) => user)).toEqual(["Bob"]);
  });
});

describe("a join", () => {
  test("SOC6 the answer's JSON, of which members share most, is that of the answer", async () => {
    const [ada, bob] = [await open('A "quoted" Ada'), await open("Bób")];
    await chat.join(ada.session, "one");
    await chat.send(ada.session, { id: randomUUID(), text: 'He said: "hello" \n ✓' });
    for (const { session } of [bob, ada]) {
      const answer = await chat.join(session, "one");
      expect(jsonOf(answer)?.map(String).join("")).toBe(JSON.stringify(answer));
    }
  });

  test("SOC5 its answer lists the members, so no update does so meanwhile", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    using _ = { [Symbol.dispose]: () => vi.useRealTimers() };
    const read = Promise.withResolvers<StoredMessage[]>();
    vi.spyOn(store.messages, "history").mockReturnValueOnce(read.promise);
    const [ada, bob] = [await open("Ada"), await open("Bob")];
    const joined = chat.join(ada.session, "one");
    chat.enter(bob.session, "one");
    vi.advanceTimersByTime(5_000);
    expect(bob.socket.members()).toEqual(["Ada present", "Bob present"]);
    expect(ada.socket.events).toEqual([]);
    read.resolve([]);
    expect((await joined).members).toHaveLength(2);
    vi.advanceTimersByTime(5_000);
    expect(ada.socket.events).toEqual([]);
  });

  test("SOC5 one that fails is made up for by an update", async () => {
    vi.spyOn(store.messages, "history").mockRejectedValueOnce(new Error("busy"));
    const ada = await open("Ada");
    await expect(chat.join(ada.session, "one")).rejects.toThrow("busy");
    await eventually(() => expect(ada.socket.members()).toEqual(["Ada present"]));
  });
});

describe("messages", () => {
  test("SOC6 those stored together reach each member together, in order, before their senders hear of it", async () => {
    const [ada, bob] = [await open("Ada"), await open("Bob")];
    await chat.join(ada.session, "one");
    await chat.join(bob.session, "one");
    const told = vi.spyOn(bob.socket, "pushAll");
    const texts = ["a", "b", "c"];
    const sent = texts.map((text) => chat.send(ada.session, { id: randomUUID(), text }));
    await sent[0];
    expect(told).toHaveBeenCalledTimes(1);
    const messages = bob.socket.events.filter((event) => event.type === "chat.message");
    expect(messages.map(({ message }) => message.text)).toEqual(texts);
    await Promise.all(sent);
  });

  test("a message sent again, even at once, is stored once and broadcast once", async () => {
    const [ada, bob] = [await open("Ada"), await open("Bob")];
    await chat.join(ada.session, "one");
    await chat.join(bob.session, "one");
    const message = { id: randomUUID(), text: "hello" };
    const [first, second] = await Promise.all([chat.send(ada.session, message), chat.send(ada.session, message)]);
    expect(second).toEqual(first);
    expect(await chat.history(ada.session, { room: "one", limit: 10 })).toEqual([first]);
    expect(bob.socket.events.filter(({ type }) => type === "chat.message")).toHaveLength(1);
  });

  test("sent again after a reconnect, a message of the earlier session is returned and not told again", async () => {
    const ada = await open("Ada");
    await chat.join(ada.session, "one");
    const message = { id: randomUUID(), text: "hello" };
    const stored = await chat.send(ada.session, message);
    await ada.session.end();
    const [again, bob] = [await open("Ada"), await open("Bob")];
    const restarted = new Chat(options());
    await restarted.join(again.session, "one");
    await restarted.join(bob.session, "one");
    expect(await restarted.send(again.session, message)).toEqual(stored);
    expect(bob.socket.events.filter(({ type }) => type === "chat.message")).toEqual([]);
    restarted.close();
  });

  test("WHO1 a message belongs to a user id: a guest of the same name does not get it, a signed-in user of another name does", async () => {
    const [ada, other] = [await open("Ada", "guest_1"), await open("Ada", "guest_2")];
    const message = { id: randomUUID(), text: "hello" };
    for (const { session } of [ada, other]) await chat.join(session, "one");
    const sent = await chat.send(ada.session, message);
    await expect(chat.send(other.session, message)).rejects.toMatchObject({ code: "conflict" });
    expect((await chat.history(ada.session, { room: "one", limit: 1 }))[0]?.person).toBe(sent.person);
    expect(sent).not.toHaveProperty("userId");
    const signedIn = new Chat({ ...options(), users: users(false) });
    const renamed = await open("Ada Lovelace", "guest_1");
    await signedIn.join(renamed.session, "one");
    expect((await signedIn.send(renamed.session, message)).id).toBe(message.id);
    signedIn.close();
  });

  test("the id of somebody else's message is a conflict, and does not show that message", async () => {
    const [ada, eve] = [await open("Ada"), await open("Eve")];
    await chat.join(ada.session, "private");
    await chat.join(eve.session, "one");
    const id = randomUUID();
    await chat.send(ada.session, { id, text: "secret" });
    await expect(chat.send(eve.session, { id, text: "guess" })).rejects.toMatchObject({ code: "conflict" });
  });

  test("sending without a room is refused", async () => {
    const { session } = await open("Ada");
    await expect(chat.send(session, { id: randomUUID(), text: "hello" })).rejects.toMatchObject({ code: "join_first" });
  });

  test("what failed to be stored can be sent again", async () => {
    const { session } = await open("Ada");
    await chat.join(session, "one");
    const { append } = store.messages;
    store.messages.append = () => Promise.reject(new Error("disk full"));
    const message = { id: randomUUID(), text: "hello" };
    await expect(chat.send(session, message)).rejects.toThrow("disk full");
    store.messages.append = append;
    expect(await chat.send(session, message)).toMatchObject(message);
  });

  test("typing shows at once after a message, and after it also when the message is still being stored", async () => {
    const [ada, bob] = [await open("Ada"), await open("Bob")];
    await chat.join(ada.session, "one");
    await chat.join(bob.session, "one");
    const heard = () => bob.socket.events.map(({ type }) => type).filter((type) => !type.startsWith("chat.members"));
    chat.typing(ada.session);
    await chat.send(ada.session, { id: randomUUID(), text: "hello" });
    chat.typing(ada.session);
    expect(heard()).toEqual(["chat.typing", "chat.message", "chat.typing"]);
    const sending = chat.send(ada.session, { id: randomUUID(), text: "again" });
    chat.typing(ada.session);
    expect(heard()).toHaveLength(3);
    await sending;
    expect(heard().slice(3)).toEqual(["chat.message", "chat.typing"]);
  });

  test("SOC5 a room gets at most four typing notifications per second", async () => {
    const watcher = await open("Watcher");
    await chat.join(watcher.session, "one");
    for (let i = 0; i < 30; i += 1) {
      const { session } = await open(`user ${i}`);
      await chat.join(session, "one");
      chat.typing(session);
    }
    expect(watcher.socket.events.filter(({ type }) => type === "chat.typing")).toHaveLength(4);
  });

  test("others are notified at most once per second that a member types, and the member itself never is", async () => {
    const [ada, bob] = [await open("Ada"), await open("Bob")];
    await chat.join(ada.session, "one");
    await chat.join(bob.session, "one");
    for (let i = 0; i < 5; i++) chat.typing(ada.session);
    expect(bob.socket.events.filter(({ type }) => type === "chat.typing")).toHaveLength(1);
    expect(ada.socket.events.filter(({ type }) => type === "chat.typing")).toEqual([]);
  });
});
