/** How a connection handles a dial that throws, or reports something before it returns. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unit } from "../testing/arbitraries.ts";
import { holds } from "../testing/property.ts";
import { type ClientConnection, createClientConnection } from "./clientConnection.ts";
import { type ConnectionState, deadlineOf } from "./connectionState.ts";
import type { ClientLinkListener, Dial, ResumeTicket } from "./ports.ts";
import { createFakeClientClock, createFakeDial, endingNotice, welcomeOf } from "./testing.ts";

/** What the dial does before it returns. */
type AtOnce = (listener: ClientLinkListener) => void;

const throws: AtOnce = () => {
  throw new Error("no such URL");
};
const closes =
  (code: number, reason = ""): AtOnce =>
  (listener) =>
    listener.closed(code, reason);
const welcomes: AtOnce = (listener) => listener.welcomed(welcomeOf("session_1"));
const nothing: AtOnce = () => {};

function setUp(
  atOnce: AtOnce[],
  { ticket = null, random = () => 0.5 }: { ticket?: ResumeTicket | null; random?: () => number } = {},
) {
  const clock = createFakeClientClock();
  const fake = createFakeDial();
  const seen: ConnectionState["name"][] = [];
  const dial: Dial = (presented, listener) => {
    const link = fake.dial(presented, listener);
    (atOnce.shift() ?? nothing)(listener);
    return link;
  };
  const connection = createClientConnection({ dial, clock, random, ticket, onState: ({ name }) => seen.push(name) });
  return { clock, ...fake, seen, connection };
}

function expectTimerWhereDue(connection: ClientConnection, timers: number): void {
  expect(timers).toBe(deadlineOf(connection.state) === null ? 0 : 1);
}

describe("a dial that does something before it returns", () => {
  it.each([
    ["throws", [throws], ["connecting", "waiting"]],
    ["closes at once", [closes(1006)], ["connecting", "waiting"]],
    ["closes and throws", [(listener) => [closes(1006)(listener), throws(listener)]], ["connecting", "waiting"]],
    ["closes at once with a terminal code", [closes(4503)], ["connecting", "ended"]],
    [
      "closes with a terminal code and throws",
      [(listener) => [closes(4503)(listener), throws(listener)]],
      ["connecting", "ended"],
    ],
    ["welcomes at once", [welcomes], ["connecting", "connected"]],
    ["welcomes and closes", [(listener) => [welcomes(listener), closes(1012)(listener)]], ["connecting", "connected", "waiting"]],
    ["welcomes and throws", [(listener) => [welcomes(listener), throws(listener)]], ["connecting", "connected", "waiting"]],
  ] satisfies [string, AtOnce[], ConnectionState["name"][]][])(
    "CLT4 %s: each state is reported once, and a waiting state has a timer",
    (_, atOnce, names) => {
      const { clock, connection, seen } = setUp([...atOnce]);
      connection.start();
      expect(seen).toEqual(names);
      expect(connection.state.name).toBe(names.at(-1));
      expectTimerWhereDue(connection, clock.timers);
    },
  );

  it("CLT4 a dial that throws counts as a socket that never opened, and is retried", () => {
    const { clock, connection, links } = setUp([throws]);
    connection.start();
    expect(connection.state).toMatchObject({ loss: { cause: "closed", code: 1006, reason: null }, retryAtMs: 500 });
    clock.advance(500);
    expect([links.length, connection.state.name]).toEqual([2, "connecting"]);
  });

  it("CLT4 dials that always throw back off like sockets that never open", () => {
    const { clock, connection } = setUp(Array.from({ length: 6 }, () => throws));
    connection.start();
    const delays = Array.from({ length: 6 }, () => {
      const delayMs = (deadlineOf(connection.state) ?? 0) - clock.nowMs();
      clock.advance(delayMs);
      return delayMs;
    });
    expect(delays).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000]);
  });

  it("CLT2 a notice and a close from within the dial are handled in that order", () => {
    const full: AtOnce = (listener) => {
      listener.noticed(endingNotice({ retryAfterMs: 6_000 }));
      closes(1012)(listener);
    };
    const { connection } = setUp([full]);
    connection.start();
    expect(connection.state).toMatchObject({ name: "waiting", retryAtMs: 6_000, advised: true });
  });

  it("CLT1 the link of a dial that closed at once is not used", () => {
    const { clock, connection, links, last } = setUp([closes(1006)]);
    connection.start();
    connection.leave();
    expect(links[0]).toMatchObject({ probes: 0, abandoned: false });
    connection.start();
    last().listener.welcomed(welcomeOf("session_2"));
    connection.hint(true);
    expect([links[0]?.probes, links[1]?.probes]).toEqual([0, 1]);
    expectTimerWhereDue(connection, clock.timers);
  });

  it("SES5 a ticket refused at once is dropped, and the next dial has none", () => {
    const { connection, links } = setUp([closes(4504, "unauthorized")], { ticket: { sessionId: "old", token: "t" } });
    connection.start();
    expect(links.map(({ ticket }) => ticket?.sessionId ?? null)).toEqual(["old", null]);
    expect([connection.state.name, connection.ticket]).toEqual(["connecting", null]);
  });

  it("CLT1 leaving from within onState takes effect, and is the last state reported", () => {
    const clock = createFakeClientClock();
    const { dial } = createFakeDial();
    const seen: ConnectionState["name"][] = [];
    const connection: ClientConnection = createClientConnection({
      dial,
      clock,
      random: () => 0.5,
      onState({ name }) {
        seen.push(name);
        if (name === "connecting") connection.leave();
      },
    });
    connection.start();
    expect([seen, connection.state.name, clock.timers]).toEqual([["connecting", "ended"], "ended", 0]);
  });
});

const atOnce = fc.constantFrom<AtOnce>(
  nothing,
  nothing,
  throws,
  welcomes,
  closes(1006),
  closes(1012),
  closes(4503),
  closes(4504),
);

const move = fc.oneof(
  fc.constantFrom("start", "leave", "heard", "welcomed", "freeze").map((name) => ({ name, ms: 0 })),
  fc.record({ name: fc.constant("advance"), ms: fc.nat(120_000) }),
  fc.record({ name: fc.constant("sleep"), ms: fc.nat(120_000) }),
  fc.record({ name: fc.constant("hint"), ms: fc.nat(1) }),
  fc.record({ name: fc.constant("closed"), ms: fc.constantFrom(1000, 1006, 1012, 4001, 4501) }),
);

it("HB7 CLT4 whatever dials and links do, exactly the waiting states have a timer, and every change is reported in order", () => {
  holds(
    fc.property(fc.array(atOnce, { maxLength: 30 }), fc.array(move, { maxLength: 40 }), unit(), (dials, moves, random) => {
      const { clock, connection, links, seen } = setUp([...dials], { random: () => random });
      for (const { name, ms } of moves) {
        const listener = links.at(-1)?.listener;
        if (name === "start") connection.start();
        if (name === "leave") connection.leave();
        if (name === "heard") listener?.heard();
        if (name === "welcomed") listener?.welcomed(welcomeOf("session_2"));
        if (name === "closed") listener?.closed(ms, "");
        if (name === "hint") connection.hint(ms === 1);
        if (name === "advance") clock.advance(ms);
        if (name === "sleep") clock.sleep(ms);
        if (name === "freeze") clock.freeze(600_000);
        expectTimerWhereDue(connection, clock.timers);
        expect(connection.state.name).toBe(seen.at(-1) ?? "idle");
      }
    }),
    300,
  );
});
