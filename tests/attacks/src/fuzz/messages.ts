/** The grammar of both protocols (docs/PROTOCOL.md): messages of every kind, most of them right. */
import fc from "fast-check";
import { appRouter } from "../../../../apps/api/src/routers/index.ts";
import { hello, messageId, mostly, name, object, room, sometimes, text } from "./values.ts";

export type Protocol = "json" | "trpc";

const ref = fc.oneof(fc.nat(), fc.string({ maxLength: 100 }));
const history = { room: mostly(room), limit: sometimes(fc.integer({ min: 1, max: 100 })), beforeSeq: sometimes(fc.nat(1_000)) };

const frame = (type: string, fields: Readonly<Record<string, fc.Arbitrary<unknown>>> = {}) =>
  object({ type: mostly(fc.constant(type)), ...fields });

export const jsonHello: fc.Arbitrary<unknown> = frame("hello", hello(false));

const jsonMessages: readonly fc.Arbitrary<unknown>[] = [
  jsonHello,
  frame("pong"),
  frame("ping"),
  frame("still_here"),
  frame("goodbye"),
  frame("renew", { token: mostly(fc.constant("a.b.c")), ref: sometimes(ref) }),
  frame("chat.join", { room: mostly(room), ref: sometimes(ref) }),
  frame("chat.send", { id: mostly(messageId), text: mostly(text), ref: sometimes(ref) }),
  frame("chat.send", { id: mostly(messageId), text: mostly(text), ref: sometimes(ref) }),
  frame("chat.typing"),
  frame("chat.members"),
  frame("chat.history", { ...history, ref: sometimes(ref) }),
  object({ type: mostly(fc.constantFrom("nothing", "heartbeat", "welcome", "chat", "toString")) }),
];

const id = mostly(fc.oneof(fc.integer({ min: 1, max: 30 }), fc.string({ maxLength: 100 })));

const call = (method: fc.Arbitrary<string>, path: fc.Arbitrary<string>, input?: fc.Arbitrary<unknown>) =>
  object({
    id,
    jsonrpc: sometimes(fc.constant("2.0")),
    method: mostly(method),
    params: mostly(
      object({ path: mostly(path), ...(input && { input: mostly(input) }), lastEventId: sometimes(fc.constant("1")) }),
    ),
  });

const is = (value: string) => fc.constant(value);
const mutation = (path: string, fields?: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
  call(is("mutation"), is(path), fields && object(fields));

const connectionParams = (data: fc.Arbitrary<unknown>) => object({ method: is("connectionParams"), data: mostly(data) });
export const trpcHello: fc.Arbitrary<unknown> = connectionParams(object(hello(true)));

const procedures = fc.constantFrom(...Object.keys(appRouter._def.procedures));
const anyInput = object({ id: sometimes(fc.string()), limit: sometimes(fc.nat(500)), text: sometimes(fc.string()) });

const calls: readonly fc.Arbitrary<unknown>[] = [
  mutation("session.open", { ...hello(false), kind: sometimes(fc.constantFrom("user", "admin")) }),
  call(is("subscription"), is("session.events")),
  call(is("subscription"), fc.constantFrom("system.overviewFeed", "sessions.feed", "session.events")),
  object({ id, method: mostly(is("subscription.stop")) }),
  mutation("session.goodbye"),
  mutation("session.stillHere"),
  mutation("session.renew", { token: mostly(is("a.b.c")) }),
  mutation("chat.join", { room: mostly(room) }),
  mutation("chat.send", { id: mostly(messageId), text: mostly(text) }),
  mutation("chat.send", { id: mostly(messageId), text: mostly(text) }),
  mutation("chat.typing"),
  mutation("chat.members"),
  call(is("query"), is("chat.history"), object(history)),
  call(is("query"), is("auth.me")),
  call(fc.constantFrom("query", "mutation", "subscription"), procedures, anyInput),
  call(fc.constantFrom("nothing", "constructor", "reconnect"), fc.constantFrom("__proto__.x", "a.b.c", "")),
];

const oneCall = fc.oneof(...calls);
const batch = fc.oneof(
  { weight: 8, arbitrary: fc.array(oneCall, { maxLength: 5 }) },
  { weight: 1, arbitrary: fc.tuple(oneCall, fc.nat(300)).map(([each, count]) => Array.from({ length: count }, () => each)) },
);

const trpcMessages: readonly fc.Arbitrary<unknown>[] = [
  trpcHello,
  connectionParams(object({ name: sometimes(name), application: sometimes(fc.string()) })),
  ...calls,
  batch,
];

/** Messages, written only when they are sent. */
export const messages: Readonly<Record<Protocol, fc.Arbitrary<unknown>>> = {
  json: fc.oneof(...jsonMessages),
  trpc: fc.oneof(...trpcMessages),
};
