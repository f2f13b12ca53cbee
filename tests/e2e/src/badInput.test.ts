/** What no client should send. Each gets its close code or status and one line in the log; the sessions beside it notice nothing. */
import { boundForReason } from "@lastbeat/core";
import { eventually } from "@lastbeat/support/eventually";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ChatPage } from "./harness/chatPage.ts";
import { PlainClients } from "./harness/plainClients.ts";
import { RawClient, refusedStatus } from "./harness/rawClient.ts";
import { ALLOWANCE_MS } from "./harness/scenarios.ts";
import { behindNginx } from "./harness/server.ts";
import { World } from "./harness/world.ts";

/** nginx takes two of its 768 connections per worker for each. */
const SILENT_SOCKETS = behindNginx ? 300 : 1_000;
const SIZE_LIMIT = 65_536;

let world: World;
let chat: ChatPage;
let stock: PlainClients;
beforeAll(async () => {
  world = await World.create({ settings: { helloTimeoutMs: 2_000, maxOpening: 2 * SILENT_SOCKETS } });
  chat = await world.enter("Nils Neighbour");
  stock = await PlainClients.stock(world.server, ["Nina Neighbour"]);
});
afterAll(async () => {
  await stock?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

afterEach(async () => {
  const { server } = world;
  for (const id of [chat.sessionId, ...stock.sessionIds]) {
    const session = (await server.sessions()).find((live) => live.id === id);
    expect(session, `${id} is live`).toMatchObject({ state: "active", suspect: false, misses: 0 });
    expect(session?.beats.filter((roundTripMs) => roundTripMs === null)).toEqual([]);
    expect(server.logLines(id)).toHaveLength(1);
  }
  expect(await chat.state()).toBe("connected");
});

const refusals = () => world.server.logLines("Refused ");

/** Does something wrong, and checks that the log got one line for it, which says this. */
async function refusedWith<T>(said: string, wrong: () => Promise<T>): Promise<T> {
  const before = refusals();
  const result = await wrong();
  const added = await eventually(() => {
    const lines = refusals().slice(before.length);
    expect(lines).not.toEqual([]);
    return lines;
  });
  expect(added).toEqual([expect.stringContaining(said)]);
  return result;
}

async function closeAfter(path: string, send: (client: RawClient) => void): Promise<number> {
  using client = await RawClient.connect(`${world.server.wsUrl}${path}`);
  send(client);
  return (await client.closed()).code;
}

const trpcHello = (input: unknown) => JSON.stringify({ id: 1, method: "mutation", params: { path: "session.open", input } });

describe("before the hello", () => {
  test.each([
    ["SOC1 junk on the JSON socket", "/ws/new", "junk", 4506, "the frame is not JSON"],
    [
      "SOC1 a connection parameter of the wrong shape",
      "/trpc",
      '{"method":"connectionParams","data":[]}',
      4506,
      "expected an object",
    ],
    ["SOC1 a binary frame", "/ws/new", Buffer.from([0, 1, 2]), 4506, "binary frames are not part of this protocol"],
    ["SOC1 a frame over the limit", "/ws/new", "x".repeat(SIZE_LIMIT + 1), 1009, "close code 1009"],
    ["SOC1 a hello of the wrong shape", "/ws/new", '{"type":"hello","name":42}', 4506, "name: "],
    ["SOC1 a hello of the wrong shape over tRPC", "/trpc", trpcHello({ name: "" }), 4506, "bad hello"],
    ["SES4 more bytes than a hello may have", "/trpc", `"${"x".repeat(20_000)}"`, 4506, "bytes before hello"],
  ])("%s is closed with its code", async (_, path, frame, code, said) => {
    expect(await refusedWith(said, () => closeAfter(path, (client) => client.send(frame)))).toBe(code);
  });

  test("SOC1 bytes that are no WebSocket frame are closed with 1002", async () => {
    const unmaskedFrame = Buffer.from([0x81, 0x02, 0x68, 0x69]);
    const code = await refusedWith("close code 1002", () => closeAfter("/ws/new", (client) => client.sendBytes(unmaskedFrame)));
    expect(code).toBe(1002);
  });

  test("an unknown upgrade path is a 404", async () => {
    const url = `${world.server.wsUrl}/socket.io/?EIO=4`;
    expect(await refusedWith("Refused a WebSocket (404)", () => refusedStatus(url))).toBe(404);
  });

  test("a page of a foreign origin is a 403", async () => {
    const url = `${world.server.wsUrl}/trpc`;
    const origin = "https://elsewhere.example";
    expect(await refusedWith("Refused a WebSocket (403)", () => refusedStatus(url, { origin }))).toBe(403);
  });

  test.each([
    ["REST", "DELETE", "/api/sessions/session_000000", "Refused a REST request (bad_json)"],
    ["tRPC", "POST", "/trpc/settings.save", "Refused a call (BAD_REQUEST)"],
  ])("a body that is not JSON is a 400 to %s, for an operator", async (_, method, path, said) => {
    const headers = { "content-type": "application/json", cookie: world.server.cookie ?? "" };
    const ask = () => fetch(`${world.server.url}${path}`, { method, headers, body: "{not json" });
    const response = await refusedWith(said, ask);
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toContain("application/json");
  });

  test("WEB2 a body that is not JSON is not even read of a stranger", async () => {
    const headers = { "content-type": "application/json" };
    const ask = () => fetch(`${world.server.url}/api/sessions/session_000000`, { method: "DELETE", headers, body: "{not json" });
    expect((await refusedWith("Refused a REST request (unauthorized)", ask)).status).toBe(401);
  });
});

describe("in a running session", () => {
  test.each([
    ["junk", "junk", 4506, "the frame is not JSON"],
    ["a frame over the limit", "x".repeat(SIZE_LIMIT + 1), 1009, "close code 1009"],
    ["a second hello", '{"type":"hello","name":"Twice"}', 4506, "a second hello"],
  ])("SOC1 %s ends it as protocol_error, with one line that says so", async (_, frame, code, said) => {
    const { server } = world;
    const { client, sessionId } = await RawClient.hello(server.wsUrl, "Wanda Wrong");
    using _client = client;
    client.send(frame);
    expect((await client.closed()).code).toBe(code);
    const { rows } = await eventually(async () => {
      const page = await server.ends(`?session=${sessionId}`);
      expect(page.total).toBe(1);
      return page;
    });
    expect(rows[0]).toMatchObject({ reason: "protocol_error", tier: "socket", initiator: "client" });
    expect(rows[0]?.detail).toContain(said);
    const disconnected = `WebSocket disconnected: ${sessionId} reason=protocol_error`;
    await eventually(() => expect(server.logLines(disconnected)).toHaveLength(1));
  });
});

test(`SES4 ${SILENT_SOCKETS} sockets that never say hello are closed at the deadline, each with one line`, async () => {
  const { server } = world;
  const before = server.logLines("no hello within 2 s").length;
  const sockets: RawClient[] = [];
  try {
    while (sockets.length < SILENT_SOCKETS) {
      const some = Array.from({ length: 100 }, (_, at) => RawClient.connect(`${server.wsUrl}${at % 2 ? "/trpc" : "/ws/new"}`));
      sockets.push(...(await Promise.all(some)));
    }
    const closes = await Promise.all(sockets.map((socket) => socket.closed()));
    expect(new Set(closes.map(({ code }) => code))).toEqual(new Set([4005]));
    const boundMs = boundForReason("hello_timeout", server.settings) ?? 0;
    expect(Math.max(...closes.map(({ afterMs }) => afterMs))).toBeLessThanOrEqual(boundMs + ALLOWANCE_MS);
  } finally {
    for (const socket of sockets) socket[Symbol.dispose]();
  }
  await eventually(() => expect(server.logLines("no hello within 2 s")).toHaveLength(before + SILENT_SOCKETS));
  expect(await server.api.system.overview.query()).toMatchObject({ opening: 0, refusals: { hello_timeout: SILENT_SOCKETS } });
  // They were never sessions.
  expect((await server.ends("?reason=hello_timeout")).total).toBe(0);
});
