import type { KeeperEvents, Session, SessionKeeper } from "@lastbeat/core";
import type { EncodedEvent } from "@lastbeat/trpc/link";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { PushEvent } from "../contract/push.ts";
import type { PushSocket } from "../transports/pushSocket.ts";
import { Presence } from "./presence.ts";
import { type Room, Rooms } from "./rooms.ts";

class CountingSocket implements PushSocket {
  bufferedBytes = 0;
  isIdle = true;
  frames = 0;
  bytes = 0;
  readonly events: PushEvent[] = [];
  push({ json }: EncodedEvent) {
    this.frames += 1;
    this.bytes += json.length;
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
}

/** A keeper that says what the test wants it to. */
function fakeKeeper() {
  const listeners = new Map<string, (payload: never) => void>();
  const on: SessionKeeper["on"] = (event, listener) => {
    listeners.set(event, listener as (payload: never) => void);
    return () => listeners.delete(event);
  };
  const emit = (event: keyof KeeperEvents, session: Session) => listeners.get(event)?.({ session } as never);
  return { on, emit };
}

let rooms: Rooms;
let presence: Presence;
let keeper: ReturnType<typeof fakeKeeper>;
let unfollow: () => void;
beforeEach(() => {
  vi.useFakeTimers();
  rooms = new Rooms();
  presence = new Presence(rooms, (_, work) => work());
  keeper = fakeKeeper();
  unfollow = presence.follow(keeper);
});
afterEach(() => {
  unfollow();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

interface Person {
  readonly session: { socket: CountingSocket | null } & Session;
  readonly socket: CountingSocket;
}

function enter(name: string): Person {
  const socket = new CountingSocket();
  const session = { id: `session_01kawq6v4n3zq8p5d2r7t9x${name}`, user: name, socket } as unknown as Person["session"];
  const member = { person: session.id, joinedAtMs: Date.now(), presence: "present" as const, knownVersion: 0, typedAtMs: 0 };
  const room = rooms.add("general", { ...member, session, sending: 0, typedWhileSending: false, joining: 0, disown: () => {} });
  presence.changed(room);
  return { session, socket };
}

function leave({ session }: Person): void {
  const room = rooms.remove(session.id);
  if (room !== undefined) presence.left(room, session.id);
}

function fill(count: number): Person[] {
  const people = Array.from({ length: count }, (_, i) => enter(`p${i}`));
  vi.advanceTimersByTime(10_000);
  for (const { socket } of people) reset(socket);
  return people;
}

function reset(socket: CountingSocket): void {
  socket.frames = 0;
  socket.bytes = 0;
  socket.events.length = 0;
}

function sums(people: readonly Person[]) {
  return {
    frames: people.reduce((sum, { socket }) => sum + socket.frames, 0),
    bytes: people.reduce((sum, { socket }) => sum + socket.bytes, 0),
    mostBytes: Math.max(...people.map(({ socket }) => socket.bytes)),
  };
}

const knowsAll = ({ session }: Person) =>
  rooms.member(session.id)?.knownVersion === (rooms.room("general") as Room).roster.version;

describe("presence", () => {
  test.each([20, 80, 180])("SOC5 one change in a room of %i costs each member one frame of less than 350 bytes", (count) => {
    const people = fill(count);
    leave(people[0] as Person);
    vi.advanceTimersByTime(5_000);
    const others = people.slice(1);
    const { frames, mostBytes } = sums(others);
    expect(frames).toBe(count - 1);
    expect(mostBytes).toBeLessThan(350);
    expect(others.every(knowsAll)).toBe(true);
  });

  test("SOC5 doubts that are refuted within 2 s, however many, send nothing at all", () => {
    const people = fill(50);
    for (let round = 0; round < 20; round += 1) {
      for (const { session } of people) keeper.emit("suspect", session);
      vi.advanceTimersByTime(1_900);
      for (const { session } of people) keeper.emit("refuted", session);
      vi.advanceTimersByTime(100);
    }
    expect(sums(people)).toMatchObject({ frames: 0, bytes: 0 });
  });

  test.each([20, 80, 180])("SOC5 when all %i come and go without end, each hears once a second, of bounded length", (count) => {
    const people = fill(count);
    for (let second = 0; second < 30; second += 1) {
      for (const { session } of people.slice(count / 2)) keeper.emit(second % 6 < 3 ? "suspect" : "refuted", session);
      vi.advanceTimersByTime(1_000);
    }
    const steady = people.slice(0, count / 2);
    const perSecond = sums(steady).mostBytes / 30;
    expect(Math.max(...steady.map(({ socket }) => socket.frames))).toBeLessThanOrEqual(31);
    expect(perSecond).toBeLessThan(10_000);
  });

  test("SOC5 a lasting doubt is announced after 2 s, and its end shortly after", () => {
    const [ada, bob] = fill(2) as [Person, Person];
    keeper.emit("suspect", ada.session);
    vi.advanceTimersByTime(1_999);
    expect(bob.socket.events).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(bob.socket.events).toMatchObject([{ type: "chat.members.changed", changed: [{ user: "p0", presence: "suspect" }] }]);
    expect(ada.socket.events).toEqual([]);
    keeper.emit("refuted", ada.session);
    vi.advanceTimersByTime(1_000);
    expect(bob.socket.events[1]).toMatchObject({ changed: [{ user: "p0", presence: "present" }] });
    expect(ada.socket.events).toHaveLength(1);
    expect([ada, bob].every(knowsAll)).toBe(true);
  });

  test("SOC5 a client with a non-empty send buffer gets no presence updates until it is empty, then all at once", () => {
    const people = fill(10);
    const [slow, other] = people as [Person, Person];
    slow.socket.isIdle = false;
    for (const one of people.slice(2)) {
      leave(one);
      vi.advanceTimersByTime(1_000);
    }
    expect([slow.socket.frames, other.socket.frames]).toEqual([0, 8]);
    slow.socket.isIdle = true;
    vi.advanceTimersByTime(30_000);
    expect(slow.socket.frames).toBe(1);
    expect(knowsAll(slow)).toBe(true);
  });

  test("SES5 a suspended member misses what happens and is brought up to date when it is back", () => {
    const [ada, bob, eve] = fill(3) as [Person, Person, Person];
    ada.session.socket = null;
    keeper.emit("suspended", ada.session);
    leave(eve);
    vi.advanceTimersByTime(10_000);
    expect(bob.socket.events.at(-1)).toMatchObject({ changed: [{ user: "p0", presence: "suspended" }] });
    ada.session.socket = ada.socket;
    keeper.emit("attached", ada.session);
    vi.advanceTimersByTime(1_000);
    expect(ada.socket.events).toMatchObject([{ type: "chat.members", total: 2 }]);
    expect(JSON.stringify(ada.socket.events)).not.toContain(eve.session.id);
  });

  test("SES5 what was sent to a connection that was dead already is told again to the one that takes the session up", () => {
    const [ada, , eve] = fill(3) as [Person, Person, Person];
    const dead = ada.socket;
    leave(eve);
    vi.advanceTimersByTime(10_000);
    expect(dead.events).toMatchObject([{ type: "chat.members.changed", left: [eve.session.id] }]);
    const next = new CountingSocket();
    ada.session.socket = next;
    keeper.emit("attached", ada.session);
    vi.advanceTimersByTime(10_000);
    expect(next.events).toMatchObject([{ type: "chat.members", total: 2 }]);
  });

  test("SOC5 a client that lost count gets the whole list, once a second at most", () => {
    const [ada] = fill(5) as [Person];
    const room = rooms.room("general") as Room;
    for (let i = 0; i < 100; i += 1) {
      presence.resend(room, room.roster.get(ada.session.id) as never);
      vi.advanceTimersByTime(20);
    }
    vi.advanceTimersByTime(5_000);
    expect(ada.socket.frames).toBeLessThanOrEqual(4);
    expect(ada.socket.events[0]).toMatchObject({ type: "chat.members", total: 5 });
  });

  test("an empty room leaves no timer behind", () => {
    const people = fill(3);
    for (const one of people) leave(one);
    expect(vi.getTimerCount()).toBe(0);
  });
});
