import { eventually } from "@lastbeat/support/eventually";
import { MAX_IN_FLIGHT } from "@lastbeat/trpc/link";
import { describe, expect, test } from "vitest";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";

/** Leaves every question for a room's history without an answer until it is called. */
function holdHistory(running: TestServer): () => void {
  const { promise, resolve } = Promise.withResolvers<[]>();
  running.store.messages.history = () => promise;
  return () => resolve([]);
}

interface Dialect {
  readonly path: string;
  readonly hello: unknown;
  readonly welcomed: (frame: Record<string, unknown>) => boolean;
  /** Asks for a room's history. */
  readonly ask: (ref: number) => unknown;
  readonly isAnswer: (frame: Record<string, unknown>, ref: number) => boolean;
  readonly isRefusal: (frame: Record<string, unknown>, ref: number) => boolean;
}

const json: Dialect = {
  path: "/ws/new",
  hello: { type: "hello", name: "Ada" },
  welcomed: ({ type }) => type === "welcome",
  ask: (ref) => ({ type: "chat.history", room: "general", ref }),
  isAnswer: (frame, ref) => frame.type === "chat.history" && frame.ref === ref,
  isRefusal: (frame, ref) => frame.type === "error" && frame.code === "busy" && frame.ref === ref,
};

const trpc: Dialect = {
  path: "/trpc",
  hello: { id: 9_999, method: "mutation", params: { path: "session.open", input: { name: "Ada" } } },
  welcomed: ({ id }) => id === 9_999,
  ask: (id) => ({ id, method: "query", params: { path: "chat.history", input: { room: "general" } } }),
  isAnswer: (frame, id) => frame.id === id && "result" in frame,
  isRefusal: (frame, id) => frame.id === id && JSON.stringify(frame.error).includes("TOO_MANY_REQUESTS"),
};

describe.each([
  ["JSON", json],
  ["tRPC", trpc],
])("the %s socket", (_, dialect) => {
  test("SES4 accepts calls up to the limit and refuses the next; each answered call makes room for another", async () => {
    await using running = await startTestServer();
    const answerAll = holdHistory(running);
    using client = await TestClient.connect(`${running.ws}${dialect.path}`);
    const count = (matches: (frame: Record<string, unknown>) => boolean) => client.frames.filter(matches).length;
    client.send(dialect.hello);
    await eventually(() => expect(count(dialect.welcomed)).toBe(1));

    for (let ref = 1; ref <= MAX_IN_FLIGHT + 1; ref += 1) client.send(dialect.ask(ref));
    await eventually(() => expect(count((frame) => dialect.isRefusal(frame, MAX_IN_FLIGHT + 1))).toBe(1));
    const asked = Array.from({ length: MAX_IN_FLIGHT }, (__, at) => at + 1);
    const answered = () => asked.filter((ref) => count((frame) => dialect.isAnswer(frame, ref)) === 1);
    expect(answered()).toEqual([]);

    answerAll();
    await eventually(() => expect(answered()).toEqual(asked));
    client.send(dialect.ask(1_000));
    await eventually(() => expect(count((frame) => dialect.isAnswer(frame, 1_000))).toBe(1));
  });

  test("SES4 a hello that is refused for too many calls holds up nothing after it", async () => {
    await using running = await startTestServer();
    const answerAll = holdHistory(running);
    using client = await TestClient.connect(`${running.ws}${dialect.path}`);
    const count = (matches: (frame: Record<string, unknown>) => boolean) => client.frames.filter(matches).length;
    client.send(dialect.hello);
    await eventually(() => expect(count(dialect.welcomed)).toBe(1));
    for (let ref = 1; ref <= MAX_IN_FLIGHT; ref += 1) client.send(dialect.ask(ref));
    client.send(dialect.hello);
    client.send(dialect.ask(1_000));
    await eventually(() => expect(count((frame) => dialect.isRefusal(frame, 1_000))).toBe(1));
    answerAll();
    await eventually(() => expect(count((frame) => dialect.isAnswer(frame, MAX_IN_FLIGHT))).toBe(1));
    client.send(dialect.ask(1_001));
    await eventually(() => expect(count((frame) => dialect.isAnswer(frame, 1_001))).toBe(1));
  });

  test("SOC1 CLT3 refuses a binary frame even if its text is valid", async () => {
    await using running = await startTestServer();
    using client = await TestClient.connect(`${running.ws}${dialect.path}`);
    client.socket.send(Buffer.from(JSON.stringify(dialect.hello)));
    await eventually(() => expect(JSON.stringify(client.frames)).toContain("binary frames are not part of this protocol"));
    expect(client.frames.filter(dialect.welcomed)).toEqual([]);
    expect(running.store.ledger.entries()).toEqual([]);
  });
});

test("SES4 while a hello over tRPC is in progress, calls wait for it up to the limit and the next are refused", async () => {
  await using running = await startTestServer();
  const { promise: mayRecord, resolve: record } = Promise.withResolvers<void>();
  const { ledger } = running.store;
  const opened = ledger.opened.bind(ledger);
  ledger.opened = (opening) => mayRecord.then(() => opened(opening));
  using client = await TestClient.connect(`${running.ws}${trpc.path}`);
  const asked = Array.from({ length: MAX_IN_FLIGHT + 6 }, (_, at) => at + 1);
  const those = (matches: Dialect["isAnswer"]) => asked.filter((ref) => client.frames.some((frame) => matches(frame, ref)));
  client.send([trpc.hello, ...asked.slice(0, 40).map(trpc.ask)]);
  client.send(asked.slice(40).map(trpc.ask));
  await eventually(() => expect(those(trpc.isRefusal)).toEqual(asked.slice(MAX_IN_FLIGHT)));
  expect(those(trpc.isAnswer)).toEqual([]);
  record();
  await eventually(() => expect(those(trpc.isAnswer)).toEqual(asked.slice(0, MAX_IN_FLIGHT)));
});
