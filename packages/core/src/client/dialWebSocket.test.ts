import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { WebSocket as NodeWebSocket, WebSocketServer } from "ws";
import { beatsFromUrl, keepWebSocket, resumeFromUrl, tokenFromUrl } from "../adapters/ws.ts";
import { createSessionKeeper, type KeeperOptions } from "../keeper/keeper.ts";
import type { SessionEnd } from "../ports/ledger.ts";
import { settle } from "../testing/virtualClock.ts";
import { type ClientConnectionOptions, createClientConnection } from "./clientConnection.ts";
import type { ConnectionState } from "./connectionState.ts";
import { type DialWebSocketOptions, dialWebSocket } from "./dialWebSocket.ts";
import { pageClock } from "./pageClock.ts";

const claimsOf = (url: string | undefined) => ({ resume: resumeFromUrl(url), beats: beatsFromUrl(url) });

/** A server with a keeper, and one client. */
async function setUp(
  WebSocket: DialWebSocketOptions["WebSocket"],
  settings: KeeperOptions["settings"] = {},
  dialling: Pick<DialWebSocketOptions, "beats" | "getToken"> = {},
) {
  const keeper = createSessionKeeper({ settings: { resumeGraceMs: 60_000, ...settings } });
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const said: string[] = [];
  const received: unknown[] = [];
  const states: ConnectionState["name"][] = [];
  let changed = () => {};
  const tokens: (string | null)[] = [];
  server.on("connection", async (socket, request) => {
    tokens.push(tokenFromUrl(request.url));
    const onMessage = (message: unknown) => {
      said.push(String(message));
      socket.send(`echo ${message}`);
    };
    await keepWebSocket(keeper, socket, { user: "Ada", ...claimsOf(request.url), onMessage });
  });
  const dial = dialWebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/live?room=attic`, {
    WebSocket,
    ...dialling,
    onMessage(data) {
      received.push(data);
      changed();
    },
  });
  const timing: ClientConnectionOptions["timing"] = { backoff: { baseMs: 10, capMs: 10 } };
  const onState = ({ name }: ConnectionState) => {
    states.push(name);
    changed();
  };
  const connection = createClientConnection({ dial, clock: pageClock, random: Math.random, timing, onState });
  return {
    keeper,
    tokens,
    server,
    dial,
    connection,
    said,
    received,
    states,
    ended: new Promise<SessionEnd>((resolve) => keeper.on("ended", ({ end }) => resolve(end))),
    /** Waits until a condition holds; checked after each state and message. */
    async until(holds: () => boolean) {
      while (!holds()) {
        await new Promise<void>((resolve) => {
          changed = resolve;
        });
      }
    },
    async [Symbol.asyncDispose]() {
      connection.leave();
      await keeper.close();
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
}

const classes: [string, DialWebSocketOptions["WebSocket"]][] = [
  ["the platform's WebSocket", WebSocket],
  ["the WebSocket of ws", NodeWebSocket],
];

describe("WHO3 a token under dialWebSocket", () => {
  it.each<[string, (nth: number) => string | Promise<string>]>([
    ["at once", (nth) => `token ${nth}`],
    ["later", async (nth) => `token ${nth}`],
  ])("WHO3 given %s is a fresh one for each connection", async (_, make) => {
    let asked = 0;
    await using bench = await setUp(WebSocket, {}, { getToken: () => make(++asked) });
    const { connection, server, tokens } = bench;
    connection.start();
    await bench.until(() => connection.state.name === "connected");
    for (const socket of server.clients) socket.terminate();
    await bench.until(() => bench.states.filter((name) => name === "connected").length === 2);
    expect(tokens).toEqual(["token 1", "token 2"]);
    expect(connection.ticket).not.toBeNull();
  });

  it.each<[string, () => Promise<string>]>([
    [
      "throws",
      () => {
        throw new Error("signed out");
      },
    ],
    [
      "rejects",
      async () => {
        throw new Error("signed out");
      },
    ],
  ])("WHO3 that %s is asked for again, with back-off, and opens no socket", async (_, fail) => {
    let asked = 0;
    const getToken = () => (++asked < 3 ? fail() : "a&b=c#d");
    await using bench = await setUp(WebSocket, {}, { getToken });
    bench.connection.start();
    await bench.until(() => bench.connection.state.name === "connected");
    expect(bench.states).toEqual(["connecting", "waiting", "connecting", "waiting", "connecting", "connected"]);
    expect(bench.tokens).toEqual(["a&b=c#d"]);
  });

  it("WHO3 that is null is not sent", async () => {
    await using bench = await setUp(WebSocket, {}, { getToken: () => null });
    bench.connection.start();
    await bench.until(() => bench.connection.state.name === "connected");
    expect(bench.tokens).toEqual([null]);
  });

  it.each(["abandon", "goodbye"] as const)("WHO3 that comes after %s opens no socket", async (over) => {
    const made: string[] = [];
    class Counted extends NodeWebSocket {
      constructor(url: string) {
        super(url);
        made.push(url);
      }
    }
    const { promise, resolve } = Promise.withResolvers<string>();
    const dial = dialWebSocket("ws://127.0.0.1:9/", { WebSocket: Counted, getToken: () => promise });
    const closed = vi.fn();
    const link = dial(null, { heard() {}, welcomed() {}, noticed() {}, sent() {}, closed });
    if (over === "abandon") link.abandon();
    else dial.goodbye();
    resolve("late");
    await settle();
    expect([made, closed.mock.calls]).toEqual([[], []]);
  });

  it.each([
    ["ws://host/live", "ws://host/live?beats=client&token=t"],
    ["ws://host/live?", "ws://host/live?&beats=client&token=t"],
    ["ws://host/live?room=a", "ws://host/live?room=a&beats=client&token=t"],
    ["ws://host/live#a?b", "ws://host/live?beats=client&token=t#a?b"],
    ["ws://host/live?room=a#b", "ws://host/live?room=a&beats=client&token=t#b"],
  ])("WHO3 stands in the query of %s", (url, expected) => {
    const made = vi.fn();
    class Fake {
      readonly readyState = 0;
      onmessage = null;
      onclose = null;
      onerror = null;
      constructor(dialled: string) {
        made(dialled);
      }
      send() {}
      close() {}
    }
    dialWebSocket(url, { WebSocket: Fake, getToken: () => "t" })(null, {
      heard() {},
      welcomed() {},
      noticed() {},
      sent() {},
      closed() {},
    });
    expect(made.mock.calls).toEqual([[expected]]);
  });
});

describe.each(classes)("%s under dialWebSocket", (_, WebSocketClass) => {
  it("HB2 connects, answers heartbeats, sends and receives, and leaves", async () => {
    await using bench = await setUp(
      WebSocketClass,
      { heartbeatIntervalMs: 200, heartbeatPongTimeoutMs: 100 },
      { beats: "server" },
    );
    const { connection, dial, keeper } = bench;
    expect(dial.send("too early")).toBe(false);
    connection.start();
    await bench.until(() => connection.state.name === "connected");
    expect(dial.send("hello")).toBe(true);
    await bench.until(() => bench.received.length === 1);
    expect([bench.said, bench.received]).toEqual([["hello"], ["echo hello"]]);
    const [session] = keeper.sessions();
    await expect.poll(() => session?.lastRoundTripMs ?? null, { timeout: 5_000 }).not.toBeNull();
    dial.goodbye();
    connection.leave();
    expect(await bench.ended).toMatchObject({ reason: "client_left" });
  });

  it("HB10 sends its own heartbeats, so that the server asks for none", async () => {
    await using bench = await setUp(WebSocketClass, { heartbeatIntervalMs: 1_000, heartbeatPongTimeoutMs: 1_000 });
    const { connection, keeper } = bench;
    connection.start();
    await bench.until(() => connection.state.name === "connected");
    const [session] = keeper.sessions();
    await expect.poll(() => session?.snapshot().beats, { timeout: 10_000 }).toEqual([-2, -2, -2]);
    expect(keeper.stats().heartbeatsSent).toBe(0);
    expect([connection.state.name, bench.received]).toEqual(["connected", []]);
  });

  it("SES5 resumes the same session automatically after a lost connection", async () => {
    await using bench = await setUp(WebSocketClass);
    const { connection, keeper, server } = bench;
    connection.start();
    await bench.until(() => connection.state.name === "connected");
    const before = connection.ticket;
    for (const socket of server.clients) socket.terminate();
    await bench.until(() => bench.states.filter((name) => name === "connected").length === 2);
    expect(connection.ticket?.sessionId).toBe(before?.sessionId);
    expect(connection.ticket?.token).not.toBe(before?.token);
    expect([...keeper.sessions()].length).toBe(1);
  });

  it("CLT1 does not reconnect after an end that forbids it", async () => {
    await using bench = await setUp(WebSocketClass);
    const { connection, keeper } = bench;
    connection.start();
    await bench.until(() => connection.state.name === "connected");
    const [session] = keeper.sessions();
    void session?.end();
    await bench.until(() => connection.state.name === "ended");
    expect(connection.state).toMatchObject({ loss: { cause: "closed", code: 4507, reason: "ended_by_application" } });
  });
});
