/** Visits of a server over both protocols, one for each way in which a session can end. */
import type { EndReason } from "@lastbeat/core";
import { eventually, within } from "@lastbeat/support/eventually";
import { WebSocket } from "ws";
import { type Dialect, dialects, type Welcome } from "./dialect.ts";
import { ask, type Place } from "./place.ts";
import { Visitor } from "./visitor.ts";

/** Longer than any visit lasts, also on a loaded machine. */
const VISIT_MS = 120_000;
/** A room whose history is so long that a few answers are more than a slow reader may leave unread. */
const LONG_ROOM = "long";
const LONG_MESSAGES = 50;
const LONG_TEXT = "x".repeat(4_000);

/** Does what ends the session. Returns once the connection is over, or cannot be told of it. */
type Leave = (visitor: Visitor, place: Place, welcome: Welcome) => unknown;

const resumeOf = ({ sessionId, resumeToken }: Welcome) => ({ resume: { sessionId, token: resumeToken } });
const otherThan = (dialect: Dialect): Dialect => dialects.find((each) => each !== dialect) ?? dialect;

/** Another connection, over the other protocol, takes the session over. */
async function kick(visitor: Visitor, place: Place, welcome: Welcome): Promise<void> {
  using second = await Visitor.open(place, otherThan(visitor.dialect));
  await second.hello(resumeOf(welcome));
  await visitor.closed;
  second.socket.close(1_000);
  await second.closed;
}

/** The connection is lost; the client comes back while the session waits for it, and is lost again. */
async function comeBack(visitor: Visitor, place: Place, welcome: Welcome): Promise<void> {
  visitor.socket.terminate();
  await visitor.closed;
  using second = await Visitor.open(place, visitor.dialect);
  await second.hello(resumeOf(welcome));
}

/** Somebody without the token tries to take the session over. */
async function guess(visitor: Visitor, place: Place, welcome: Welcome): Promise<void> {
  using thief = await Visitor.open(place, visitor.dialect);
  await thief.hello(resumeOf({ ...welcome, resumeToken: "x".repeat(43) })).catch(() => {});
  visitor.socket.close(1_000);
}

/** Reads and answers nothing, as when the network is cut, until its heartbeats have been missed. */
async function cut({ socket }: Visitor): Promise<void> {
  socket.pause();
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  socket.terminate();
}

/** Asks and does not read. What reads nothing is not told of its end either. */
async function readNothing(visitor: Visitor, place: Place, { sessionId }: Welcome): Promise<void> {
  visitor.socket.pause();
  const history = JSON.stringify(visitor.dialect.history(LONG_ROOM));
  await eventually(
    async () => {
      for (let count = 0; count < 20; count += 1) visitor.sendText(history);
      const { end } = await ask<{ readonly end: unknown }>(place, `/sessions/${sessionId}`);
      if (end === null) throw new Error("a session that reads nothing goes on");
    },
    { withinMs: VISIT_MS, everyMs: 100 },
  );
}

/** Stays active for as long as it may. */
async function stay(visitor: Visitor): Promise<void> {
  const timer = setInterval(() => visitor.send(visitor.dialect.stillHere), 500);
  await visitor.closed;
  clearInterval(timer);
}

const kinds: readonly { readonly reason: EndReason; readonly leave: Leave }[] = [
  { reason: "client_left", leave: ({ socket }) => socket.close(1_000) },
  { reason: "client_left", leave: (visitor) => visitor.send(visitor.dialect.goodbye) },
  { reason: "client_left", leave: kick },
  { reason: "client_left", leave: guess },
  { reason: "connection_lost", leave: ({ socket }) => socket.terminate() },
  { reason: "connection_lost", leave: comeBack },
  // A second hello, which neither protocol allows.
  { reason: "protocol_error", leave: (visitor) => visitor.send(...visitor.dialect.hello({ name: "Other", room: "general" })) },
  // Answers pings, as a frozen page's browser does, but no heartbeat.
  { reason: "unresponsive", leave: (visitor) => visitor.freeze() },
  { reason: "unreachable", leave: cut },
  { reason: "slow_consumer", leave: readNothing },
  { reason: "idle", leave: () => {} },
  { reason: "lifetime_reached", leave: stay },
  {
    reason: "ended_by_operator",
    leave: (_, place, { sessionId }) => ask(place, `/sessions/${sessionId}`, "DELETE"),
  },
];

export const reasons: readonly EndReason[] = [...new Set(kinds.map(({ reason }) => reason))];

/** Fills the long room. */
export async function furnish(place: Place): Promise<void> {
  using visitor = await Visitor.open(place, dialects[0]);
  await visitor.hello({ room: LONG_ROOM });
  for (let count = 0; count < LONG_MESSAGES; count += 1) visitor.send(visitor.dialect.send(LONG_TEXT));
  visitor.send(visitor.dialect.goodbye);
  await visitor.closed;
}

/** One visit: its protocol and the way in which it leaves follow from `at`. A few never say hello. */
export async function visit(at: number, place: Place): Promise<void> {
  const dialect = dialects[at % dialects.length] as Dialect;
  const kind = kinds[Math.floor(at / dialects.length) % (kinds.length + 1)];
  using visitor = await Visitor.open(place, dialect);
  // Without a hello there is no session: the server closes the connection.
  if (kind !== undefined) {
    const welcome = await visitor.hello();
    visitor.send(visitor.dialect.send(`message ${at}`));
    await kind.leave(visitor, place, welcome);
    if (kind.leave === readNothing || visitor.socket.readyState === WebSocket.CLOSED) return;
  }
  await within(visitor.closed, VISIT_MS, `a visit to end as ${kind?.reason ?? "one without a hello"}`);
}
