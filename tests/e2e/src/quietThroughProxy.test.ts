/** Proxies cut what is silent: nginx after 60 s, here after 3. A beat is due after 15 s at the soonest. */
import { once } from "node:events";
import { eventually, within } from "@lastbeat/support/eventually";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { noNginx } from "./harness/nginx.ts";
import { Server } from "./harness/server.ts";

const READ_TIMEOUT_S = 3;
const KEEPALIVE_MS = 2_000;
const PATIENCE_MS = 60_000;
const obstacle = noNginx();

async function quietClient(keepaliveMs: number, hello: { readonly beats?: "client" } = {}) {
  const settings = { heartbeatIntervalMs: 30_000, heartbeatPongTimeoutMs: 5_000, keepaliveMs };
  const server = await Server.start({ settings, proxy: { readTimeoutS: READ_TIMEOUT_S } });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const socket = new WebSocket(`${server.wsUrl}/ws/new`);
  onTestFinished(() => socket.terminate());
  const pings: number[] = [];
  const frames: string[] = [];
  socket.on("message", (data) => frames.push((JSON.parse(data.toString()) as { readonly type: string }).type));
  socket.on("ping", () => pings.push(performance.now()));
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "hello", name: "Quinn Quiet", ...hello }));
  const { id } = await server.sessionOf("Quinn Quiet");
  return { server, socket, pings, frames, sessionId: id };
}

describe.skipIf(obstacle !== null)(`a session that says nothing, behind nginx (${obstacle ?? "Debian's"})`, () => {
  test("outlives nginx's read timeout by websocket.keepalive, which is no beat", async () => {
    const { server, socket, pings, sessionId } = await quietClient(KEEPALIVE_MS);
    const needed = Math.ceil((3 * READ_TIMEOUT_S * 1_000) / KEEPALIVE_MS);
    await eventually(() => expect(pings.length).toBeGreaterThanOrEqual(needed), { withinMs: PATIENCE_MS });
    expect(socket.readyState).toBe(WebSocket.OPEN);
    expect(await server.sessionOf("Quinn Quiet")).toMatchObject({ id: sessionId, state: "active", misses: 0, beats: [] });
  });

  test("SOC4 HB10 outlives it by heartbeats of the client's own, though the server sends nothing", async () => {
    const { server, socket, pings, frames } = await quietClient(0, { beats: "client" });
    const timer = setInterval(() => socket.send('{"type":"pong"}'), 1_000);
    onTestFinished(() => clearInterval(timer));
    const openedMs = performance.now();
    await eventually(() => expect(performance.now() - openedMs).toBeGreaterThan(3 * READ_TIMEOUT_S * 1_000), {
      withinMs: PATIENCE_MS,
    });
    expect(socket.readyState).toBe(WebSocket.OPEN);
    expect([pings, frames]).toEqual([[], ["welcome"]]);
    expect(await server.sessionOf("Quinn Quiet")).toMatchObject({ state: "active", misses: 0 });
  });

  test("is cut by nginx when there is none", async () => {
    const { server, socket, pings, sessionId } = await quietClient(0);
    await within(once(socket, "close"), PATIENCE_MS, "nginx's cut");
    expect(pings).toEqual([]);
    const { rows } = await eventually(async () => {
      const page = await server.ends(`?session=${sessionId}`);
      expect(page.total).toBe(1);
      return page;
    });
    expect(rows[0]).toMatchObject({ reason: "connection_lost" });
  });
});
