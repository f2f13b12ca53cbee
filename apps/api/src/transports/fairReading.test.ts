import { once } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { eventually } from "@lastbeat/support/eventually";
import { SocketLink } from "@lastbeat/trpc/link";
import { expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { startTestServer, type TestServer } from "../testing/testServer.ts";

const FLOOD = 20_000;
/** Of small frames that are read at once, those that are handed on in one turn; without fairness these were 5,000 and more. */
const MOST_IN_A_TURN = 500;

const opened = {
  "/ws/new": { type: "hello", name: "Eve", room: "lobby" },
  "/trpc?connectionParams=1": { method: "connectionParams", data: { name: "Eve", room: "lobby" } },
};

/** Counts how often links get something in one turn of the event loop. */
async function mostInATurn(what: "frame" | "pinged" | "pong", flood: () => void): Promise<number> {
  const handed = vi.spyOn(SocketLink.prototype, what);
  try {
    let most = 0;
    let before = 0;
    flood();
    const untilMs = performance.now() + 30_000;
    while (before < FLOOD && performance.now() < untilMs) {
      await nextTurn();
      most = Math.max(most, handed.mock.calls.length - before);
      before = handed.mock.calls.length;
    }
    expect(before).toBe(FLOOD);
    return most;
  } finally {
    handed.mockRestore();
  }
}

async function join({ ws, server }: TestServer, path: keyof typeof opened): Promise<WebSocket> {
  const client = new WebSocket(ws + path);
  await once(client, "open");
  client.send(JSON.stringify(opened[path]));
  await eventually(() => expect(server.services.keeper.stats().active).toBe(1));
  return client;
}

test.each([
  ["PING over tRPC", "/trpc?connectionParams=1", "frame", (client: WebSocket) => client.send("PING")],
  ["ping over JSON", "/ws/new", "frame", (client: WebSocket) => client.send('{"type":"ping"}')],
  ["protocol pings", "/ws/new", "pinged", (client: WebSocket) => client.ping()],
  ["protocol pongs", "/ws/new", "pong", (client: WebSocket) => client.pong()],
] as const)("SOC7 a client that floods (%s) gets one frame per turn, and the others theirs", async (_, path, what, send) => {
  await using running = await startTestServer();
  const client = await join(running, path);
  const most = await mostInATurn(what, () => {
    for (let sent = 0; sent < FLOOD; sent += 1) send(client);
  });
  expect(most).toBeLessThan(MOST_IN_A_TURN);
});

test("SOC7 SOC1 the end of a client that flooded does not wait for what is left of its flood", async () => {
  await using running = await startTestServer();
  const client = await join(running, "/ws/new");
  for (let sent = 0; sent < FLOOD; sent += 1) client.ping();
  client.terminate();
  await eventually(() => expect(running.server.services.keeper.stats().active).toBe(0));
});
