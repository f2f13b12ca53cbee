import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { WebSocket as NodeWebSocket, WebSocketServer } from "ws";
import { beatsFromUrl, keepWebSocket, resumeFromUrl } from "../adapters/ws.ts";
import { createSessionKeeper, type KeeperOptions } from "../keeper/keeper.ts";
import type { SessionEnd } from "../ports/ledger.ts";
import { type ClientConnectionOptions, createClientConnection } from "./clientConnection.ts";
import type { ConnectionState } from "./connectionState.ts";
import { type DialWebSocketOptions, dialWebSocket } from "./dialWebSocket.ts";
import { pageClock } from "./pageClock.ts";

const claimsOf = (url: string | undefined) => ({ resume: resumeFromUrl(url), beats: beatsFromUrl(url) });

/** A server with a keeper, and one client. */
async function setUp(
  WebSocket: DialWebSocketOptions["WebSocket"],
  settings: KeeperOptions["settings"] = {},
  beats: DialWebSocketOptions["beats"] = "client",
) {
  const keeper = createSessionKeeper({ settings: { resumeGraceMs: 60_000, ...settings } });
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const said: string[] = [];
  const received: unknown[] = [];
  const states: ConnectionState["name"][] = [];
  let changed = () => {};
  server.on("connection", async (socket, request) => {
    const onMessage = (message: unknown) => {
      said.push(String(message));
      socket.send(`echo ${message}`);
    };
    await keepWebSocket(keeper, socket, { user: "Ada", ...claimsOf(request.url), onMessage });
  });
  const dial = dialWebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/live?room=attic`, {
    WebSocket,
    beats,
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

describe.each(classes)("%s under dialWebSocket", (_, WebSocketClass) => {
  it("HB2 connects, answers heartbeats, sends and receives, and leaves", async () => {
    await using bench = await setUp(WebSocketClass, { heartbeatIntervalMs: 200, heartbeatPongTimeoutMs: 100 }, "server");
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
