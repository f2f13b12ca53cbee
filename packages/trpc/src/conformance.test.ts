/** Frame by frame, clients get from this handler what they get from tRPC's own, and `onError` is told the same. */
import { type TRPCDataTransformer, TRPCError } from "@trpc/server";
import { expect, test } from "vitest";
import { type Frame, type Kind, RawClient, type ServerOptions, startServer } from "./testing/servers.ts";

interface Step {
  readonly send: readonly unknown[];
  /** How many frames the client has got by its end. */
  readonly frames: number;
}

interface Case extends ServerOptions {
  readonly name: string;
  readonly steps: readonly Step[];
  /** After the server's address. */
  readonly path?: string;
  /** The server closes the connection. Its code is the keeper's own. */
  readonly closes?: true;
  /** Answers may come in any order. */
  readonly anyOrder?: true;
}

const query = (id: unknown, path: string, input?: unknown, more: object = {}) => ({
  id,
  method: "query",
  params: { path, input },
  ...more,
});
const mutation = (id: unknown, path: string, input?: unknown) => ({ id, method: "mutation", params: { path, input } });
const subscription = (id: unknown, path: string, input?: unknown, more: object = {}) => ({
  id,
  method: "subscription",
  params: { path: `on.${path}`, input, ...more },
});
const stop = (id: unknown) => ({ id, method: "subscription.stop" });
const step = (frames: number, ...send: unknown[]): Step => ({ send, frames });
const one = (name: string, frames: number, ...send: unknown[]): Case => ({ name, steps: [step(frames, ...send)] });
const hello = query(7, "hello", "you");

const calls: readonly Case[] = [
  one("a query", 1, query(1, "hello", "Ada")),
  one("a query without input", 1, { id: 1, method: "query", params: { path: "hello" } }),
  one("jsonrpc is echoed", 1, query(1, "hello", "Ada", { jsonrpc: "2.0" })),
  one("an id that is a string", 1, query("one", "hello")),
  one("an id that is an empty string", 1, query("", "hello")),
  one("an answer of nothing", 1, query(1, "nothing")),
  one("an answer that cannot be encoded", 1, query(1, "bigint")),
  one("the context", 1, query(1, "who")),
  one("a mutation", 1, mutation(1, "add", { a: 1, b: 2 })),
  one("input that does not fit its schema", 1, mutation(1, "add", { a: "1" })),
  one("an error with a code", 1, query(1, "missing")),
  one("any other error", 1, mutation(1, "broken")),
  one("an unknown path", 1, query(1, "no.such")),
  one("a query called as a mutation", 1, mutation(1, "hello")),
  one("a query that answers with a stream", 1, query(1, "stream")),
  one("two queries of one id", 2, query(1, "hello"), query(1, "who")),
];

const batches: readonly Case[] = [
  { ...one("a batch", 3, [query(1, "hello"), mutation(2, "add", { a: 1, b: 2 }), query(3, "missing")]), anyOrder: true },
  { ...one("places in a batch", 3, [query(1, "place"), query(2, "place"), query(3, "place")]), anyOrder: true },
  {
    ...one("places beside what is no call", 4, [
      query(null, "place"),
      stop(9),
      query(2, "place"),
      query(3, "place"),
      query(null, "x"),
    ]),
    anyOrder: true,
  },
  { ...one("a batch with a subscription", 6, [query(1, "hello"), subscription(2, "generator")]), anyOrder: true },
  one("an empty batch", 1, [], hello),
  one("a batch that holds one bad message", 1, [query(1, "hello"), { id: 2 }]),
  {
    ...one("a batch that is too long", 3, [query(1, "hello"), query("2", "hello"), stop(3), query(null, "hello")], hello),
    maxBatchSize: 2,
  },
  { ...one("a batch that is too long and has no id", 1, [stop(3), stop(4), stop(5)]), maxBatchSize: 2 },
  { ...one("a batch as long as may be", 2, [query(1, "place"), query(2, "place")]), maxBatchSize: 2, anyOrder: true },
];

const subscriptions: readonly Case[] = [
  one("an observable", 5, subscription(1, "observable")),
  one("an observable that fails", 4, subscription(1, "observableFails")),
  one("a generator", 5, subscription(1, "generator")),
  one("a generator that fails", 4, subscription(1, "generatorFails")),
  one("input that does not fit its schema", 1, subscription(1, "generator", "many")),
  one("tracked values", 4, subscription(1, "tracked", { until: 2 })),
  one("tracked values after an id", 4, subscription(1, "tracked", { until: 4 }, { lastEventId: "2" })),
  one("an id of the last event without input", 4, subscription(1, "tracked", undefined, { lastEventId: "2" })),
  one("no stream", 1, subscription(1, "noStream")),
  one("a refusal", 1, subscription(1, "refused")),
  one("an unknown path", 1, subscription(1, "noSuch")),
  { name: "a generator is stopped", steps: [step(2, subscription(1, "forever")), step(3, stop(1)), step(4, hello)] },
  { name: "an observable is stopped", steps: [step(2, subscription(1, "observableForever")), step(3, stop(1)), step(4, hello)] },
  { name: "stopped in its own batch", steps: [step(1, [subscription(1, "forever"), stop(1)]), step(2, hello)] },
  { name: "stopped at once", steps: [step(1, subscription(1, "forever"), stop(1)), step(2, hello)] },
  { name: "a stop of nothing", steps: [step(1, stop(1), hello)] },
  {
    name: "a duplicate id",
    steps: [
      step(2, subscription(1, "forever")),
      step(3, subscription(1, "generator")),
      step(4, stop(1)),
      step(9, subscription(1, "generator")),
    ],
  },
  {
    name: "a duplicate id in one batch",
    steps: [step(3, [subscription(1, "forever"), subscription(1, "generator")]), step(4, stop(1)), step(5, hello)],
  },
  {
    name: "a query of a subscription's id",
    steps: [step(2, subscription(1, "forever")), step(3, query(1, "hello")), step(4, stop(1))],
  },
  {
    name: "the id is free once a subscription has ended",
    steps: [step(5, subscription(1, "generator")), step(10, subscription(1, "generator"))],
  },
  {
    name: "the id is free once a subscription has failed",
    steps: [step(4, subscription(1, "generatorFails")), step(8, subscription(1, "generatorFails"))],
  },
];

const malformed: readonly Case[] = [
  one("no JSON", 1, "junk"),
  one("no text", 1, ""),
  one("a text", 1, '"text"'),
  one("null", 1, "null"),
  one("an object of something else", 1, { hello: 1 }),
  one("an id of null", 1, query(null, "hello")),
  one("an id of null with jsonrpc", 1, query(null, "hello", "", { jsonrpc: "2.0" })),
  one("no id", 1, query(undefined, "hello")),
  one("an id that is an object", 1, query({}, "hello")),
  one("another jsonrpc", 1, query(1, "hello", "", { jsonrpc: "1.0" })),
  one("an unknown method", 1, { ...hello, method: "dance" }),
  one("a method that every object has", 1, { ...hello, method: "toString" }),
  one("no params", 1, { id: 1, method: "query" }),
  one("a path that is no text", 1, { id: 1, method: "query", params: { path: 7 } }),
  one("an id of the last event that is no text", 1, subscription(1, "tracked", {}, { lastEventId: 7 })),
  one("connectionParams that nobody announced", 1, { method: "connectionParams", data: {} }),
  one("a binary frame", 1, Buffer.from(JSON.stringify(hello))),
  one("the connection goes on after one", 2, "junk", hello),
];

const heartbeats: readonly Case[] = [
  one("PING is answered", 1, "PING"),
  one("PONG is not", 1, "PONG", hello),
  { ...one("PING is not answered where that is off", 1, "PING", hello), dangerouslyDisablePong: true },
];

const announced = "/?connectionParams=1";
const params = (data: unknown) => ({ method: "connectionParams", data });
const asTold: ServerOptions["createContext"] = ({ info }) => ({ user: JSON.stringify(info.connectionParams) });
const unauthorized = () => {
  throw new TRPCError({ code: "UNAUTHORIZED", message: "who are you?" });
};
const broken = () => {
  throw new RangeError("no database");
};

/** Wraps what is sent, and refuses what is not wrapped. */
const transformer: TRPCDataTransformer = {
  serialize: (data) => ({ wrapped: data }),
  deserialize(data: { readonly wrapped?: unknown } | undefined) {
    if (data === undefined) return undefined;
    if (!Object.hasOwn(data, "wrapped")) throw new TypeError("not wrapped");
    return data.wrapped;
  },
};
const wrapped = (input: unknown) => transformer.serialize(input);
const transformed = (each: Case): Case => ({ ...each, transformer });

const transformers: readonly Case[] = [
  transformed(one("a query", 1, query(1, "hello", wrapped("Ada")))),
  transformed(one("an error", 1, query(1, "missing"))),
  transformed(one("tracked values", 4, subscription(1, "tracked", wrapped({ until: 4 }), { lastEventId: "2" }))),
  transformed(one("input that it refuses", 1, query(1, "hello", {}))),
  transformed(one("a batch with input that it refuses", 1, [subscription(1, "forever"), query(2, "hello", {}), query(3, "who")])),
  transformed({
    name: "the id is free after that",
    steps: [step(1, subscription(1, "generator", {})), step(5, subscription(1, "generator", wrapped(2)))],
  }),
  transformed(
    one("an id of null in a batch", 3, [query(null, "hello"), query(2, "hello", wrapped(""))], query(3, "hello", wrapped(""))),
  ),
];

const contexts: readonly Case[] = [
  {
    ...one("of connectionParams", 1, params({ name: "Bob", team: "red" }), query(1, "who")),
    path: announced,
    createContext: asTold,
  },
  { ...one("of no connectionParams", 1, params(null), query(1, "who")), path: announced, createContext: asTold },
  { ...one("of a connection that announces none", 1, query(1, "who")), createContext: asTold },
  {
    ...one("once announced, the first frame has them, whatever it is", 2, hello, query(1, "who")),
    path: announced,
    createContext: asTold,
    closes: true,
  },
  { ...one("connectionParams that are no object", 1, params("Bob")), path: announced, closes: true },
  { ...one("connectionParams of another type", 1, params({ name: 7 })), path: announced, closes: true },
  { ...one("connectionParams that are no JSON", 1, "junk"), path: announced, closes: true },
  { ...one("connectionParams that are no message", 1, "[]"), path: announced, closes: true },
  { ...one("that nobody may have", 1), createContext: unauthorized, closes: true },
  { ...one("that cannot be made", 1), createContext: broken, closes: true },
  {
    ...one("that nobody may have, for calls", 3, params({}), query(1, "who"), subscription(2, "generator")),
    path: announced,
    createContext: unauthorized,
    closes: true,
  },
  {
    ...one("that cannot be made, for a batch", 3, params({}), [query(1, "who"), query(2, "hello")]),
    path: announced,
    createContext: broken,
    closes: true,
    anyOrder: true,
  },
];

async function transcript(kind: Kind, { steps, path = "", closes, anyOrder, name: _, ...options }: Case) {
  await using server = await startServer(kind, options);
  using client = await RawClient.connect(server.url + path);
  for (const { send, frames } of steps) {
    for (const frame of send) client.send(frame);
    await client.until(frames);
  }
  if (closes === true) await client.closed;
  else {
    // Nothing more was on its way before this.
    const before = client.frames.length;
    client.send(query("last", "hello"));
    await client.until(before + 1);
  }
  const inOrder = (list: readonly (Frame | string)[]) =>
    anyOrder === true ? list.map((each) => JSON.stringify(each)).sort() : list;
  return { frames: inOrder(client.frames), told: inOrder(server.told) };
}

const table = Object.entries({ calls, batches, subscriptions, malformed, heartbeats, transformers, contexts }).flatMap(
  ([group, cases]) => cases.map((each) => [`${group}: ${each.name}`, each] as const),
);

test.each(table)("EMB4 clients see what tRPC's own handler shows them: %s", async (_, each) => {
  const [theirs, ours] = await Promise.all([transcript("tRPC's", each), transcript("ours", each)]);
  expect(ours).toEqual(theirs);
  expect(theirs.frames.length).toBeGreaterThan(0);
});
