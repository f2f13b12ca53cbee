import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { createHttpServer } from "./httpServer.ts";
import { listen } from "./listen.ts";
import { RawHttp } from "./testing/rawHttp.ts";
import { startTestServer, TestClient } from "./testing/testServer.ts";

const short = { LASTBEAT_SERVER_HEADER_TIMEOUT: "1", LASTBEAT_SERVER_REQUEST_TIMEOUT: "2", LASTBEAT_SERVER_STALL_TIMEOUT: "2" };

describe("a connection is closed", () => {
  test("WEB1 that sends no byte, and a WebSocket opened before it is not", async () => {
    await using running = await startTestServer({ env: short });
    using client = await TestClient.connect(`${running.ws}/ws/new`);
    client.send({ type: "hello", name: "Ada" });
    await client.frame("welcome");
    using silent = await RawHttp.connect(running.server.port);
    using slow = await RawHttp.connect(running.server.port);
    slow.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n");
    const drip = setInterval(() => slow.write("X-More: 1\r\n"), 100);
    await Promise.all([silent.closed, slow.closed]);
    clearInterval(drip);
    expect(slow.statuses).toEqual([408]);
    client.send({ type: "ping" });
    await client.frame("pong");
  });

  test("WEB1 that sends its body too slowly", async () => {
    await using running = await startTestServer({ env: short });
    const cookie = await running.signIn();
    using raw = await RawHttp.connect(running.server.port);
    raw.ask("DELETE /api/sessions/session_x", [`Cookie: ${cookie}`, "Content-Length: 1000"]);
    const drip = setInterval(() => raw.write(" "), 100);
    await raw.closed;
    clearInterval(drip);
    expect(running.lines.filter((line) => line.startsWith("error"))).toEqual([]);
  });

  test("WEB1 that reads nothing of its answer", async () => {
    const limits = { headerTimeoutMs: 1_000, requestTimeoutMs: 1_000, stallTimeoutMs: 1_000 };
    // More than the system's buffers hold.
    const answer = Buffer.alloc(64 * 1024 * 1024);
    const server = createHttpServer({ limits, handle: (_, response) => void response.end(answer), onFlood: () => {} });
    await listen(server, { host: "127.0.0.1", port: 0 });
    using raw = await RawHttp.connect((server.address() as AddressInfo).port);
    raw.socket.pause();
    const accepted = once(server, "request");
    raw.ask("GET /");
    const [request] = await accepted;
    await once((request as IncomingMessage).socket, "close");
    server.close();
  });
});

describe("a body is not read", () => {
  test.each([
    ["DELETE /api/sessions/session_x", 401],
    ["POST /api/sessions", 401],
    ["DELETE /api/nothing", 401],
    ["POST /trpc/sessions.end", 401],
    ["POST /trpc/settings.save", 401],
    ["POST /trpc/session.open", 412],
    ["POST /trpc/chat.send", 412],
    ["POST /trpc/no.such", 404],
    ["POST /admin/sign-out", 204],
  ])("WEB2 before it is known who asks: %s", async (line, status) => {
    await using running = await startTestServer();
    for (const framing of ["Content-Length: 1000", "Transfer-Encoding: chunked", "Content-Length: 999999999"]) {
      using raw = await RawHttp.connect(running.server.port);
      raw.ask(line, ["Content-Type: application/json", framing]);
      expect(await raw.answers(), framing).toEqual([status]);
      if (framing !== "Content-Length: 1000") await raw.closed;
    }
  });

  test("WEB2 of a caller whose token does not allow the request", async () => {
    await using running = await startTestServer();
    const { token } = await running.server.services.tokens.create("reader", ["read"]);
    using raw = await RawHttp.connect(running.server.port);
    raw.ask("DELETE /api/sessions/session_x", [`Authorization: Bearer ${token}`, "Content-Length: 1000"]);
    expect(await raw.answers()).toEqual([403]);
  });
});

describe("requests sent without waiting for answers", () => {
  test("WEB3 are answered in their order, one after another", async () => {
    await using running = await startTestServer();
    using raw = await RawHttp.connect(running.server.port);
    for (let i = 0; i < 15; i++) {
      raw.ask("GET /healthz");
      raw.ask("GET /api/nothing");
    }
    expect(await raw.answers(30)).toEqual(Array.from({ length: 15 }, () => [200, 404]).flat());
  });

  test("WEB3 close the connection when too many wait", async () => {
    await using running = await startTestServer();
    using raw = await RawHttp.connect(running.server.port);
    raw.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(5_000));
    await raw.closed;
    expect(raw.statuses.length).toBeLessThan(5_000);
    expect(running.lines).toContain("warn Closed a connection: too many requests wait for an answer on it");
    expect((await fetch(`${running.http}/healthz`)).status).toBe(200);
  });

  test("WEB3 behind an answer that never ends are begun only when it has", async () => {
    await using running = await startTestServer();
    const cookie = await running.signIn();
    using raw = await RawHttp.connect(running.server.port);
    raw.ask("GET /trpc/system.overviewFeed", [`Cookie: ${cookie}`]);
    await raw.answers();
    for (let i = 0; i < 20; i++) raw.ask(`GET /admin/sign-in?token=guess${i}`);
    using other = await RawHttp.connect(running.server.port);
    other.ask("GET /healthz");
    await other.answers();
    expect(running.lines.filter((line) => line.includes("Refused a sign-in"))).toEqual([]);
  });
});

describe("a subscription over HTTP that cannot begin", () => {
  test.each([
    ["system.overviewFeed", 401, "UNAUTHORIZED"],
    ["sessions.window", 401, "UNAUTHORIZED"],
    ["session.events", 412, "PRECONDITION_FAILED"],
  ])("WEB5 gets the status that fits: %s", async (path, status, code) => {
    await using running = await startTestServer();
    const response = await fetch(`${running.http}/trpc/${path}`, { headers: { accept: "text/event-stream" } });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({
      error: { message: expect.any(String), data: { code, httpStatus: status, path } },
    });
    expect(running.lines.filter((line) => line.includes("Refused a call"))).toHaveLength(1);
  });

  test("WEB5 begins for an operator", async () => {
    await using running = await startTestServer();
    const response = await fetch(`${running.http}/trpc/system.overviewFeed`, { headers: { cookie: await running.signIn() } });
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });
});
