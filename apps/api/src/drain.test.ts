import { once } from "node:events";
import { createMemoryLedger } from "@lastbeat/core";
import { eventually } from "@lastbeat/support/eventually";
import { type ScratchServer, startScratchServer } from "@lastbeat/support/scratchServer";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { verifyLedger } from "./ledger/upkeep/verify.ts";
import { createMemoryStore } from "./testing/memoryStore.ts";
import { startTestServer, TestClient } from "./testing/testServer.ts";

const SESSIONS = 2_000;
const AT_ONCE = 50;
const WAIT_MS = 40_000;
const roomy = {
  LASTBEAT_SYSTEM_MAX_SESSIONS: "5000",
  LASTBEAT_WEBSOCKET_MAX_CONNECTIONS_PER_ADDRESS: "0",
  LASTBEAT_WEBSOCKET_CONNECTION_RATE_PER_ADDRESS: "0",
};

interface Left {
  readonly code: number;
  readonly retryAfterMs: number;
}

/** Joins as a client. @returns a function that resolves with how the client was left, once it has its session. */
async function join(server: ScratchServer, name: string): Promise<() => Promise<Left>> {
  const socket = new WebSocket(`${server.ws}/ws/new`);
  let retryAfterMs = Number.NaN;
  const welcome = new Promise<void>((resolve) =>
    socket.on("message", (data) => {
      const frame = JSON.parse(String(data)) as { type: string; retryAfterMs: number };
      if (frame.type === "welcome") resolve();
      if (frame.type === "ending") retryAfterMs = frame.retryAfterMs;
    }),
  );
  const left = new Promise<Left>((resolve) => socket.on("close", (code) => resolve({ code, retryAfterMs })));
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "hello", name, room: "general" }));
  await welcome;
  return () => left;
}

test("RUN7 CLT2 a stop with 2,000 sessions has the time for them, tells each its own delay, and records each end", async () => {
  await using server = await startScratchServer(roomy);
  const joined: (() => Promise<Left>)[] = [];
  let next = 0;
  const joinNext = async () => {
    while (next < SESSIONS) joined.push(await join(server, `user ${next++}`));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, joinNext));

  expect(await server.stop()).toBe(0);
  const left = await Promise.all(joined.map((left) => left()));
  expect(server.output()).toMatch(/Stopping on SIGTERM, which may take 14 s; a second signal stops at once/);
  expect(new Set(left.map(({ code }) => code))).toEqual(new Set([1012]));
  const delays = left.map(({ retryAfterMs }) => retryAfterMs).sort((a, b) => a - b);
  // About a hundred clients per second are to come back: 2,000 within 20 s.
  expect([delays[0], delays.at(-1)].map((ms) => Math.round((ms ?? 0) / 1_000))).toEqual([0, 20]);
  expect(new Set(delays).size).toBeGreaterThan(SESSIONS / 2);
  for (const quarter of [1, 2, 3]) {
    const within = delays.filter((ms) => ms > (quarter - 1) * 5_000 && ms <= quarter * 5_000).length;
    expect(within).toBeGreaterThan(SESSIONS / 4 / 1.3);
  }
  const database = new Database(server.databaseFile, { readonly: true });
  expect(database.prepare("SELECT reason, count(*) AS count FROM ends GROUP BY reason").all()).toEqual([
    { reason: "server_shutdown", count: SESSIONS },
  ]);
  expect(verifyLedger(database)).toEqual([]);
  database.close();
});

test("RUN7 while sessions end, /readyz says that the server is stopping, and nobody new gets in", async () => {
  const store = createMemoryStore();
  const written = Promise.withResolvers<void>();
  const ledger = { ...createMemoryLedger(), ended: () => written.promise };
  await using running = await startTestServer({ store: { ...store, ledger } });
  using client = await TestClient.connect(`${running.ws}/ws/new`);
  client.send({ type: "hello", name: "Ada", room: "general" });
  await client.frame("welcome");
  expect((await fetch(`${running.http}/readyz`)).status).toBe(200);

  const closed = running.server.close();
  const ready = await fetch(`${running.http}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([503, { status: "not ready", cause: "the server is stopping" }]);
  expect((await fetch(`${running.http}/healthz`)).status).toBe(200);
  const page = await fetch(`${running.http}/`);
  expect([page.status, page.headers.get("retry-after")]).toEqual([503, "5"]);
  const newcomer = new WebSocket(`${running.ws}/ws/new`);
  const [, response] = (await once(newcomer, "unexpected-response")) as [unknown, { statusCode: number }];
  expect(response.statusCode).toBe(503);
  newcomer.on("error", () => {});
  newcomer.terminate();
  expect((await client.closed).code).toBe(1012);

  written.resolve();
  await closed;
  await expect(fetch(`${running.http}/readyz`)).rejects.toThrow();
});

/** A server that cannot write its ends, because another program keeps its database locked. */
async function stuck(env: Readonly<Record<string, string>> = {}) {
  const server = await startScratchServer({ ...roomy, ...env });
  const client = await TestClient.connect(`${server.ws}/ws/new`);
  client.send({ type: "hello", name: "Ada", room: "general" });
  await client.frame("welcome");
  const database = new Database(server.databaseFile);
  database.exec("BEGIN IMMEDIATE");
  return {
    server,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      database.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

test("RUN7 a second signal ends a stop that hangs, and the log says what is left for the next start", async () => {
  await using held = await stuck();
  const { server } = held;
  server.process.signal("SIGTERM");
  await eventually(() => expect(server.output()).toContain("Stopping on SIGTERM"), { withinMs: WAIT_MS });
  // Signals right after the first one count as one with it.
  await eventually(
    () => {
      server.process.signal("SIGTERM");
      expect(server.output()).toMatch(/Stopping at once on SIGTERM; the next start closes \d+ open ends/);
    },
    { withinMs: WAIT_MS },
  );
  expect(await server.process.exited).toEqual({ code: 1, signal: null });
});

test("RUN7 a stop that hangs ends at its limit", async () => {
  await using held = await stuck({ LASTBEAT_SERVER_DRAIN_LIMIT: "1" });
  held.server.process.signal("SIGTERM");
  expect(await held.server.process.exited).toEqual({ code: 1, signal: null });
  expect(held.server.output()).toContain("Not everything was written within 1000 ms (server.drain_limit)");
});
