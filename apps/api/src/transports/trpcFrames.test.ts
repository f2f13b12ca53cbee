/** Frames as tRPC's own adapter and as this server answer them: the two get the same ones. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { eventually } from "@lastbeat/support/eventually";
import { initTRPC } from "@trpc/server";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { describe, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";
import { trpcLimits } from "./trpcSocket.ts";

const { subscriptions: MAX_SUBSCRIPTIONS, malformedPerMinute: MALFORMED_PER_MINUTE } = trpcLimits;

/** A server that is nothing but tRPC. */
async function plainTrpc() {
  const t = initTRPC.create({ isDev: false });
  const wss = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  applyWSSHandler({ wss, router: t.router({ auth: t.router({ me: t.procedure.query(() => ({ admin: null, rights: [] })) }) }) });
  await once(wss, "listening");
  const dispose = async () => {
    for (const client of wss.clients) client.terminate();
    await new Promise((resolve) => wss.close(resolve));
  };
  return { url: `ws://127.0.0.1:${(wss.address() as AddressInfo).port}`, [Symbol.asyncDispose]: dispose };
}

async function answerTo(url: string, frame: string | Buffer): Promise<Record<string, unknown>> {
  using client = await TestClient.connect(url);
  client.socket.send(frame);
  return await client.anyFrame();
}

/** Without the words, which each has its own of. */
function shape(answer: Record<string, unknown>) {
  const { message, ...error } = (answer.error ?? {}) as { readonly message?: string; readonly data?: { readonly path?: string } };
  return { ...answer, error: { ...error, data: { ...error.data, path: undefined } }, said: typeof message };
}

const me = (more: object) => JSON.stringify({ id: 1, method: "query", params: { path: "auth.me" }, ...more });

describe("a malformed tRPC frame", () => {
  test.each([
    ["no JSON", "junk"],
    ["a text", '"text"'],
    ["null", "null"],
    ["an object of something else", '{"hello":1}'],
    ["a batch that holds one bad message", `[${me({})},{"id":2}]`],
    ["an id of null", me({ id: null })],
    ["an id of null with jsonrpc", me({ id: null, jsonrpc: "2.0" })],
    ["no id", me({ id: undefined })],
    ["an id that is an object", me({ id: {} })],
    ["another jsonrpc", me({ jsonrpc: "1.0" })],
    ["an unknown method", me({ method: "dance" })],
    ["a method that every object has", me({ method: "toString" })],
    ["no params", me({ params: undefined })],
    ["a path that is no text", me({ params: { path: 7 } })],
    ["a lastEventId that is no text", me({ params: { path: "auth.me", lastEventId: 7 } })],
    ["a binary frame", Buffer.from(me({}))],
  ])("CLT3 is answered as tRPC's adapter answers it, and the connection goes on: %s", async (_, frame) => {
    await using running = await startTestServer();
    await using plain = await plainTrpc();
    const theirs = await answerTo(plain.url, frame);
    using client = await TestClient.connect(`${running.ws}/trpc`);
    client.socket.send(frame);
    const ours = await client.anyFrame();
    expect(shape(ours)).toEqual(shape(theirs));
    expect(ours).toMatchObject({ id: null, error: { code: -32700, data: { code: "PARSE_ERROR" } } });
    client.send({ id: 3, method: "query", params: { path: "auth.me" } });
    await eventually(() =>
      expect(client.frames).toContainEqual({ id: 3, result: { type: "data", data: { admin: null, rights: [] } } }),
    );
  });

  test("an empty batch is an error, and a batch as long as a frame is taken", async () => {
    await using running = await startTestServer();
    expect(await answerTo(`${running.ws}/trpc`, "[]")).toMatchObject({ id: null, error: { code: -32700 } });
    using client = await TestClient.connect(`${running.ws}/trpc`);
    client.send(Array.from({ length: 60 }, (_, id) => ({ id, method: "query", params: { path: "auth.me" } })));
    await eventually(() => expect(client.frames).toHaveLength(60));
  });

  test("SOC1 a flood of them ends the session, and the record says why", async () => {
    await using running = await startTestServer();
    const { client, sessionId } = await session(running);
    using _client = client;
    for (let at = 0; at < MALFORMED_PER_MINUTE; at++) client.socket.send("junk");
    await eventually(() => expect(client.frames.filter(({ id }) => id === null)).toHaveLength(MALFORMED_PER_MINUTE));
    expect(running.server.services.keeper.session(sessionId)?.state).toBe("active");
    expect(running.lines.filter((line) => line.includes("Refused a tRPC frame: the frame is not JSON"))).toHaveLength(20);
    client.socket.send("junk");
    expect((await client.closed).code).toBe(4506);
    const ended = await eventually(() => running.store.ledger.entry(sessionId)?.ended ?? Promise.reject(new Error("live")));
    expect(ended).toMatchObject({ reason: "protocol_error", detail: expect.stringContaining("malformed frames in a minute") });
  });
});

async function session(running: TestServer, more: object = {}) {
  const client = await TestClient.connect(`${running.ws}/trpc`);
  client.send({ id: 0, method: "mutation", params: { path: "session.open", input: { name: "Ada" } }, ...more });
  const opened = (await client.anyFrame()) as { readonly result: { readonly data: { readonly sessionId: string } } };
  return { client, opened, sessionId: opened.result.data.sessionId };
}

describe("subscriptions to session.events", () => {
  const subscribe = (id: number | string, more: object = {}) => ({
    id,
    method: "subscription",
    params: { path: "session.events" },
    ...more,
  });

  test("jsonrpc is echoed everywhere, and two subscriptions both get everything", async () => {
    await using running = await startTestServer();
    const { client, opened } = await session(running, { jsonrpc: "2.0" });
    using _client = client;
    expect(opened).toMatchObject({ id: 0, jsonrpc: "2.0" });
    client.send(subscribe(1, { jsonrpc: "2.0" }));
    client.send(subscribe("1"));
    client.send(subscribe(10));
    client.send({ id: 2, jsonrpc: "2.0", method: "mutation", params: { path: "chat.join", input: { room: "general" } } });
    await eventually(() => expect(client.frames).toContainEqual(expect.objectContaining({ id: 2, jsonrpc: "2.0" })));
    const said = { id: randomUUID(), text: "hello" };
    client.send({ id: 3, method: "mutation", params: { path: "chat.send", input: said } });
    await eventually(() => {
      const told = client.frames.filter((frame) => JSON.stringify(frame).includes('"type":"chat.message"'));
      expect(told.map(({ id, jsonrpc }) => ({ id, jsonrpc }))).toEqual([
        { id: 1, jsonrpc: "2.0" },
        { id: "1", jsonrpc: undefined },
        { id: 10, jsonrpc: undefined },
      ]);
    });
    client.send({ id: 1, method: "subscription.stop" });
    await eventually(() => expect(client.frames).toContainEqual({ id: 1, jsonrpc: "2.0", result: { type: "stopped" } }));
    client.send(subscribe("1"));
    await eventually(() => expect(client.frames.at(-1)).toMatchObject({ id: "1", error: { data: { code: "BAD_REQUEST" } } }));
    for (let id = 20; id <= 20 + MAX_SUBSCRIPTIONS; id++) client.send(subscribe(id, { jsonrpc: "2.0" }));
    await eventually(() =>
      expect(client.frames.at(-1)).toMatchObject({
        id: 20 + MAX_SUBSCRIPTIONS,
        jsonrpc: "2.0",
        error: { code: -32029, data: { code: "TOO_MANY_REQUESTS" } },
      }),
    );
  });

  test("SES4 one before any hello fails at once, with words", async () => {
    await using running = await startTestServer();
    using client = await TestClient.connect(`${running.ws}/trpc`);
    client.send(subscribe(1));
    expect(await client.anyFrame()).toMatchObject({
      id: 1,
      error: { message: expect.stringContaining("say hello first"), data: { code: "PRECONDITION_FAILED" } },
    });
    client.send([
      subscribe(2),
      { id: 3, method: "mutation", params: { path: "session.open", input: { name: "Ada", room: "general" } } },
    ]);
    await eventually(() => expect(client.frames).toContainEqual({ id: 2, result: { type: "started" } }));
  });
});
