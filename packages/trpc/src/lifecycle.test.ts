/** What the keeper adds to tRPC's connections: their sessions, and how these end. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createSessionKeeper, type Session, type SessionEnd, type Welcome } from "@lastbeat/core";
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import { TRPCError } from "@trpc/server";
import { describe, expect, test, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { applyWSSHandler, resumeText, sessionOf } from "./index.ts";
import { createTestRouter, type TestRouter, unchanged } from "./testing/router.ts";
import { type KeptServer, onlyClient, RawClient, startKept } from "./testing/servers.ts";

const quick = { heartbeatIntervalMs: 200, heartbeatPongTimeoutMs: 100, heartbeatMaxFailures: 2, tickMs: 10 };
const announced = "/?connectionParams=1";
const query = (id: number, path = "who") => ({ id, method: "query", params: { path } });
const forever = (id: number) => ({ id, method: "subscription", params: { path: "on.forever" } });

const within = (timeout: number) => ({ timeout, interval: 5 });

function endOf({ ledger }: KeptServer, timeout = 10_000): Promise<SessionEnd> {
  return vi.waitFor(() => {
    const ended = ledger.entries()[0]?.ended;
    if (ended === null || ended === undefined) throw new Error("not ended");
    return ended;
  }, within(timeout));
}

const active = (server: KeptServer) => vi.waitFor(() => expect(server.keeper.stats().active).toBe(1), within(5_000));

/** A WebSocket client by hand, so that a test decides what TCP does. Frames are masked with zeros. */
async function rawTcp(server: KeptServer): Promise<Socket & { frame(opcode: number, payload: Buffer): void }> {
  const socket = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => {});
  socket.write(
    "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  await once(socket, "data");
  await active(server);
  const frame = (opcode: number, payload: Buffer) =>
    socket.write(Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload]));
  return Object.assign(socket, { frame });
}

describe("heartbeats", () => {
  test("HB1 the stock client answers many of them, and its close ends the session as client_left", async () => {
    await using server = await startKept(quick);
    const ws = createWSClient({ url: server.url, WebSocket: WebSocket as unknown as typeof globalThis.WebSocket });
    const trpc = createTRPCClient<TestRouter>({ links: [wsLink({ client: ws, transformer: unchanged })] });
    expect(await trpc.who.query()).toBe("Ada");
    await vi.waitFor(() => {
      const beats = [...server.keeper.sessions()][0]?.snapshot().beats ?? [];
      expect(beats.length).toBeGreaterThan(4);
      expect(beats).not.toContain(null);
    }, within(10_000));
    await ws.close();
    expect(await endOf(server)).toMatchObject({ reason: "client_left", misses: 0 });
  });

  test("HB5 a frozen client, whose WebSocket still answers pings, ends as unresponsive", async () => {
    await using server = await startKept(quick);
    using client = await RawClient.connect(server.url);
    expect(await endOf(server)).toMatchObject({ reason: "unresponsive", tier: "heartbeat" });
    expect((await client.closed).code).toBe(4002);
  });

  test("HB5 a client that answers nothing at all ends as unreachable, and its subscriptions are aborted", async () => {
    await using server = await startKept(quick);
    const socket = await rawTcp(server);
    socket.frame(0x1, Buffer.from(JSON.stringify(forever(1))));
    expect(await endOf(server)).toMatchObject({ reason: "unreachable" });
    await vi.waitFor(() => expect(server.told).toEqual(["aborted", "generator returned"]));
    socket.destroy();
  });
});

describe("the end of a connection", () => {
  test("SOC2 a close frame ends the session within a second, though TCP stays open", async () => {
    await using server = await startKept();
    const socket = await rawTcp(server);
    socket.frame(0x8, Buffer.from([0x03, 0xe9]));
    expect(await endOf(server, 1_000)).toMatchObject({ reason: "client_left", closeCode: 1001 });
    expect(socket.destroyed).toBe(false);
    socket.destroy();
  });

  test("SOC1 a FIN without a close frame is a lost connection at once, though the client still reads", async () => {
    await using server = await startKept();
    const socket = await rawTcp(server);
    socket.pause();
    socket.end();
    expect(await endOf(server, 1_000)).toMatchObject({ reason: "connection_lost" });
    socket.destroy();
  });

  test("SOC1 a frame that is not masked breaks the protocol", async () => {
    await using server = await startKept();
    const socket = await rawTcp(server);
    socket.write(Buffer.from([0x81, 0x01, 0x61]));
    expect(await endOf(server, 1_000)).toMatchObject({ reason: "protocol_error" });
    socket.destroy();
  });

  test("SOC1 more malformed frames than a minute allows break the protocol", async () => {
    await using server = await startKept({}, { limits: { malformedPerMinute: 3 } });
    using client = await RawClient.connect(server.url);
    await active(server);
    for (let at = 0; at < 4; at += 1) client.send("junk");
    expect((await client.closed).code).toBe(4506);
    expect(client.frames.slice(0, 3)).toEqual(Array(3).fill(expect.objectContaining({ id: null })));
    expect(await endOf(server)).toMatchObject({ detail: expect.stringContaining("more than 3 malformed frames in a minute") });
  });

  test("SOC1 one malformed message too many in a batch ends the session, and tRPC runs no call of that batch", async () => {
    const failed: string[] = [];
    const onError = ({ path }: { readonly path: string | undefined }) => path !== undefined && failed.push(path);
    await using server = await startKept({}, { limits: { malformedPerMinute: 3 }, onError });
    using client = await RawClient.connect(server.url);
    await active(server);
    const broken = (id: number) => ({ ...query(id, "broken"), method: "mutation" });
    client.send([broken(1), ...Array.from({ length: 4 }, () => ({ ...query(0), id: null })), broken(2)]);
    expect((await client.closed).code).toBe(4506);
    expect(failed).toEqual([]);
  });

  test("SES2 an application that closes the WebSocket ends the session itself", async () => {
    await using server = await startKept();
    using client = await RawClient.connect(server.url);
    await active(server);
    onlyClient(server).close(4_000, "enough");
    expect(await endOf(server)).toMatchObject({ reason: "ended_by_application" });
    expect(await client.closed).toEqual({ code: 4_000, reason: "enough" });
  });

  test("SES6 the keeper's end closes with its code and says why, and aborts subscriptions", async () => {
    await using server = await startKept();
    using client = await RawClient.connect(server.url);
    client.send(forever(1));
    await client.until(2);
    const [session] = server.keeper.sessions();
    await session?.end("done");
    expect((await client.closed).code).toBe(4507);
    expect(client.frames.at(-1)).toMatchObject({ id: null, error: { data: { reason: "ended_by_application", retry: false } } });
    expect(server.told).toEqual(["aborted", "generator returned"]);
  });
});

describe("the hello", () => {
  test("SES5 a client that says connectionParams again resumes its session, which keeps what it owns", async () => {
    const welcomes: Welcome[] = [];
    const createContext = ({ info }: { readonly info: { readonly welcome: Welcome } }) => {
      welcomes.push(info.welcome);
      return { user: "Ada" };
    };
    await using server = await startKept({ resumeGraceMs: 60_000 }, { createContext });
    const params = (data: object) => ({ method: "connectionParams", data });
    using first = await RawClient.connect(server.url + announced);
    first.send(params({ name: "Ada", room: "red" }));
    await active(server);
    const [session] = server.keeper.sessions();
    session?.own("a model", { [Symbol.dispose]: () => server.told.push("released") });
    first.socket.terminate();
    await vi.waitFor(() => expect(session?.state).toBe("suspended"));

    const [welcome] = welcomes as [Welcome];
    using second = await RawClient.connect(server.url + announced);
    second.send(params({ name: "Ada", resume: resumeText(welcome) }));
    second.send(query(1));
    await second.until(1);
    expect(welcomes[1]).toMatchObject({ sessionId: welcome.sessionId, resumed: true });
    expect([...server.keeper.sessions()]).toEqual([session]);
    expect(session).toMatchObject({ state: "active", user: "Ada", room: "red" });
    expect(server.told).toEqual([]);
  });

  test("SES5 a wrong token is refused, told why and closed", async () => {
    await using server = await startKept();
    using client = await RawClient.connect(server.url + announced);
    using owner = await RawClient.connect(server.url);
    await active(server);
    const [session] = server.keeper.sessions();
    client.send({ method: "connectionParams", data: { name: "Eve", resume: `${session?.id}.nonsense` } });
    expect((await client.closed).code).toBe(4504);
    expect(client.frames).toEqual([
      {
        id: null,
        error: expect.objectContaining({ data: expect.objectContaining({ code: "UNAUTHORIZED", reason: "unauthorized" }) }),
      },
    ]);
    expect(owner.socket.readyState).toBe(WebSocket.OPEN);
  });

  test("CLT3 a resume of another form is a malformed hello", async () => {
    await using server = await startKept();
    using client = await RawClient.connect(server.url + announced);
    client.send({ method: "connectionParams", data: { name: "Ada", resume: "nonsense" } });
    expect((await client.closed).code).toBe(4506);
    expect(JSON.stringify(client.frames)).toContain("expected <session id>.<token>");
  });

  test("SES4 announced connectionParams that never come cost the connection, not its neighbours", async () => {
    await using server = await startKept({ helloTimeoutMs: 1_000, tickMs: 10 });
    using client = await RawClient.connect(server.url + announced);
    using other = await RawClient.connect(server.url);
    expect((await client.closed).code).toBe(4005);
    expect(other.socket.readyState).toBe(WebSocket.OPEN);
  });

  test("SES1 says who the user is by what `session` makes of the request", async () => {
    const session = async ({ req }: { readonly req: { readonly headers: object } }) => ({
      user: `from ${(req.headers as { host?: string }).host?.split(":")[0]}`,
      data: { team: "red" },
    });
    await using server = await startKept({}, { session });
    using _client = await RawClient.connect(server.url);
    await active(server);
    expect([...server.keeper.sessions()][0]).toMatchObject({ user: "from 127.0.0.1", data: { team: "red" } });
  });

  test.each([
    ["UNAUTHORIZED", 4504],
    ["BAD_REQUEST", 4506],
    ["INTERNAL_SERVER_ERROR", 1013],
  ] as const)("SES4 what `session` throws is told and ends the connection: %s", async (code, closeCode) => {
    const session = () => {
      throw new TRPCError({ code, message: "not today" });
    };
    await using server = await startKept({}, { session });
    using client = await RawClient.connect(server.url);
    expect((await client.closed).code).toBe(closeCode);
    expect(client.frames).toEqual([
      { id: null, error: expect.objectContaining({ message: "not today", data: expect.objectContaining({ code }) }) },
    ]);
    expect(server.ledger.entries()).toEqual([]);
  });

  test("CLT1 a full server closes with 1013", async () => {
    await using server = await startKept({ maxSessions: 1 });
    using _first = await RawClient.connect(server.url);
    await active(server);
    using second = await RawClient.connect(server.url);
    expect((await second.closed).code).toBe(1013);
  });
});

describe("the session", () => {
  test("SES1 a context and the WebSocket lead to it", async () => {
    const seen: unknown[] = [];
    const createContext = ({ info, res }: { readonly info: { readonly session: object }; readonly res: WebSocket }) => {
      seen.push(info.session, sessionOf(res));
      return { user: "Ada" };
    };
    await using server = await startKept({}, { createContext });
    using client = await RawClient.connect(server.url);
    await active(server);
    const [session] = server.keeper.sessions();
    await vi.waitFor(() => expect(seen).toEqual([session, session]));
    const ws = onlyClient(server);
    client.socket.close();
    await once(ws, "close");
    expect(sessionOf(ws)).toBeNull();
    expect(sessionOf(client.socket)).toBeNull();
  });

  test("HB7 is told of to whoever subscribes to the events: first the welcome, then every notice", async () => {
    await using server = await startKept({}, { eventsPath: "on.session" });
    using client = await RawClient.connect(server.url);
    await active(server);
    client.send({ id: 1, method: "subscription", params: { path: "on.session" } });
    await client.until(2);
    const [session] = server.keeper.sessions();
    server.keeper.applySettings({ ...server.keeper.settings, heartbeatIntervalMs: 40_000 }, { revision: 1, author: "test" });
    await client.until(3);
    expect(client.frames).toMatchObject([
      { id: 1, result: { type: "started" } },
      { id: 1, result: { type: "data", data: { type: "welcome", sessionId: session?.id, resumed: false } } },
      { id: 1, result: { type: "data", data: { type: "terms", settingsRevision: 1 } } },
    ]);
  });

  test.each([
    ["every call", undefined, true],
    ["no call", () => false, false],
  ])("TO1 %s is activity", async (_, isActivity, moves) => {
    await using server = await startKept({}, isActivity === undefined ? {} : { isActivity });
    using client = await RawClient.connect(server.url);
    await active(server);
    const [session] = server.keeper.sessions();
    const touch = vi.spyOn(session as Session, "touch");
    client.send(query(1));
    await client.until(1);
    expect(touch).toHaveBeenCalledTimes(moves ? 1 : 0);
  });

  test("SES4 more calls and subscriptions than the limits allow are refused; the session goes on", async () => {
    await using server = await startKept({}, { limits: { subscriptions: 1 } });
    using client = await RawClient.connect(server.url);
    client.send(forever(1));
    await client.until(2);
    client.send(forever(2));
    await client.until(3);
    expect(client.frames[2]).toMatchObject({ id: 2, error: { data: { code: "TOO_MANY_REQUESTS" } } });
    client.send({ id: 1, method: "subscription.stop" });
    await client.until(4);
    client.send(forever(2));
    await client.until(6);
  });
});

describe("the WebSocket server", () => {
  test("CLT3 connections of another path are somebody else's", async () => {
    await using server = await startKept({}, { prefix: "/trpc" });
    using other = await RawClient.connect(`${server.url}/other`);
    other.send("PING");
    using client = await RawClient.connect(`${server.url}/trpc`);
    client.send(query(1));
    await client.until(1);
    expect(other.frames).toEqual([]);
    expect(server.keeper.stats().active).toBe(1);
  });

  test("SES7 the handler's own keeper closes with it", async () => {
    const wss = new WebSocketServer({ noServer: true });
    const { keeper } = applyWSSHandler({ wss, router: createTestRouter([]), createContext: () => ({ user: "Ada" }) });
    wss.close();
    await vi.waitFor(() => {
      const refused = { heartbeat() {}, ping() {}, notify() {}, close() {}, terminate() {}, bufferedBytes: 0 };
      expect(keeper.accept(refused, { address: "", client: "", transport: "" })).toBeNull();
    });
    await keeper.close();
  });

  test("SES7 a keeper that is given stays open, and leaves its sockets to no one else when it closes", async () => {
    const keeper = createSessionKeeper();
    const wss = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    applyWSSHandler({ wss, keeper, router: createTestRouter([]), createContext: () => ({ user: "Ada" }) });
    await once(wss, "listening");
    using client = await RawClient.connect(`ws://127.0.0.1:${(wss.address() as { port: number }).port}`);
    await vi.waitFor(() => expect(keeper.stats().active).toBe(1));
    wss.close();
    expect(keeper.stats().active).toBe(1);
    await keeper.close();
    expect((await client.closed).code).toBe(1012);
  });
});
