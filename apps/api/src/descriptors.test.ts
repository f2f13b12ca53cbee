/** A server that runs out of file descriptors, as a real process with a real limit. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { eventually } from "@lastbeat/support/eventually";
import { type ScratchServer, startScratchServer } from "@lastbeat/support/scratchServer";
import { afterEach, describe, expect, test } from "vitest";
import { connectionsServed } from "./connectionLimit.ts";
import { TestClient } from "./testing/testServer.ts";

const WAIT_MS = 40_000;

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

function idleConnections(server: ScratchServer, count: number): void {
  const port = Number(new URL(server.http).port);
  for (let i = 0; i < count; i++) {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.resume();
    sockets.push(socket);
  }
}

const refusals = (server: ScratchServer) => server.output().match(/Connections are refused/g) ?? [];

async function readiness(server: ScratchServer): Promise<[number, string]> {
  const response = await fetch(`${server.http}/readyz`, { headers: { connection: "close" } });
  return [response.status, await response.text()];
}

async function session(server: ScratchServer): Promise<TestClient> {
  const client = await TestClient.connect(`${server.ws}/ws/new`);
  client.send({ type: "hello", name: "Ada" });
  await client.frame("welcome");
  return client;
}

const quick = { LASTBEAT_WEBSOCKET_HEARTBEAT_INTERVAL: "0.5", LASTBEAT_WEBSOCKET_HEARTBEAT_PONG_TIMEOUT: "0.4" };
const patient = { ...quick, LASTBEAT_WEBSOCKET_HEARTBEAT_MAX_FAILURES: "20" };

describe.skipIf(process.platform !== "linux")("out of file descriptors", () => {
  test("idle connections over the limit are refused; sessions continue, /readyz gives the cause, and the server recovers", async () => {
    await using server = await startScratchServer(patient, { openFiles: 200 });
    using stays = await session(server);
    idleConnections(server, 250);
    await eventually(
      async () => {
        expect(await readiness(server)).toEqual([503, expect.stringContaining("limit of 200 open files")]);
      },
      { withinMs: WAIT_MS },
    );
    const beats = () => stays.frames.filter(({ type }) => type === "heartbeat").length;
    const before = beats();
    await eventually(() => expect(beats()).toBeGreaterThan(before + 1), { withinMs: WAIT_MS });
    expect((await fetch(`${server.http}/api/openapi.json`, { headers: { connection: "close" } })).status).toBe(503);
    expect(refusals(server)).toHaveLength(1);
    expect(server.output()).not.toContain("Uncaught error");

    for (const socket of sockets.splice(0)) socket.destroy();
    await eventually(async () => expect(await readiness(server)).toEqual([200, '{"status":"ready"}']), { withinMs: WAIT_MS });
    using comes = await session(server);
    expect(comes.socket.readyState).toBe(comes.socket.OPEN);
    expect(await server.stop()).toBe(0);
  });

  test("lowering the limit of a running server ends neither it nor its sessions", async () => {
    await using server = await startScratchServer(patient);
    using stays = await session(server);
    const inUse = readdirSync(`/proc/${server.pid}/fd`).length;
    execFileSync("prlimit", [`--pid=${server.pid}`, `--nofile=${inUse + 3}:`]);
    idleConnections(server, 50);
    await eventually(() => expect(sockets.filter(({ closed }) => closed).length).toBeGreaterThan(10), { withinMs: WAIT_MS });
    const beats = () => stays.frames.filter(({ type }) => type === "heartbeat").length;
    const before = beats();
    await eventually(() => expect(beats()).toBeGreaterThan(before + 3), { withinMs: WAIT_MS });

    for (const socket of sockets.splice(0)) socket.destroy();
    execFileSync("prlimit", [`--pid=${server.pid}`, "--nofile=1000:"]);
    await eventually(async () => expect(await readiness(server)).toEqual([200, '{"status":"ready"}']), { withinMs: WAIT_MS });
    expect(server.output()).not.toContain("Uncaught error");
    expect(await server.stop()).toBe(0);
  });
});

test.each([
  [20_000, 40, 19_896],
  [200, 40, 96],
  [64, 40, 8],
])("of %i descriptors, %i of them in use, %i serve connections", (limit, inUse, served) =>
  expect(connectionsServed({ limit, inUse })).toBe(served),
);
