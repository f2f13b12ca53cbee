import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";
import { offersWebSocket } from "./declineUpgrade.ts";
import { originAllowed } from "./origin.ts";
import { upgradeRoute } from "./upgrade.ts";

/** Asks for a WebSocket. @returns the status of the answer. */
async function upgradeStatus(running: TestServer, path: string, headers: Record<string, string> = {}): Promise<number> {
  const key = { "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-version": "13" };
  const asked = request(`${running.http}${path}`, {
    headers: { connection: "upgrade", upgrade: "websocket", ...key, ...headers },
  });
  asked.end();
  const [response] = await once(asked, "response");
  response.resume();
  return response.statusCode;
}

const refusals = (running: TestServer) => running.lines.filter((line) => line.startsWith("warn Refused a WebSocket"));

describe("upgrade requests", () => {
  test.each([
    ["an unknown path", "/socket.io/?EIO=4", {}, 404],
    ["a path beyond an id", "/ws/new/more", {}, 404],
    ["a malformed id", "/ws/..%2f", {}, 400],
    ["an empty id", "/ws/", {}, 400],
    ["a foreign origin", "/trpc", { origin: "https://evil.example" }, 403],
    ["an origin that is none", "/ws/new", { origin: "null" }, 403],
    ["a broken handshake", "/trpc", { "sec-websocket-version": "7" }, 400],
  ])("%s is refused with its status and one log line", async (_, path, headers, status) => {
    await using running = await startTestServer();
    expect(await upgradeStatus(running, path, headers)).toBe(status);
    expect(refusals(running)).toHaveLength(1);
    expect(running.server.services.keeper.stats().opening).toBe(0);
  });

  test("pages of this server may connect", async () => {
    await using running = await startTestServer();
    using client = await TestClient.connect(`${running.ws}/trpc`, { origin: running.http });
    expect(client.socket.readyState).toBe(client.socket.OPEN);
  });

  test("a thousand bad requests do not write a thousand lines", async () => {
    await using running = await startTestServer();
    for (let round = 0; round < 10; round++) {
      await Promise.all(Array.from({ length: 20 }, () => upgradeStatus(running, "/nowhere")));
    }
    expect(refusals(running)).toHaveLength(50);
    await running.server.close();
    expect(running.lines).toContain("warn 150 more requests were refused");
  });
});

/** Sends requests over one connection and gives back everything that came until it closed. */
async function conversation(running: TestServer, text: string): Promise<string> {
  const socket = connect(running.server.port, "127.0.0.1");
  socket.write(text);
  return textOf(socket);
}

describe("an upgrade to something that is no WebSocket", () => {
  const h2c = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n";

  test("is answered as if it had not been offered, and the connection goes on", async () => {
    await using running = await startTestServer();
    const answer = await conversation(
      running,
      `GET /healthz HTTP/1.1\r\nHost: a\r\n${h2c}\r\nGET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    );
    expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(answer).toContain('{"status":"ok"}');
    expect(answer).toContain('{"status":"ready"}');
    expect(refusals(running)).toEqual([]);
  });

  test("with a body, which is read", async () => {
    await using running = await startTestServer();
    const body = '{"note":"bye"}';
    const answer = await conversation(
      running,
      `DELETE /api/sessions/session_none HTTP/1.1\r\nHost: a\r\nCookie: ${await running.signIn()}\r\n${h2c}` +
        `Content-Length: ${body.length}\r\n\r\n${body}GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    );
    expect([...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(["404", "200"]);
  });

  test.each([
    ["websocket", true],
    ["WebSocket", true],
    ["h2c, websocket", true],
    ["h2c", false],
    ["", false],
    ["TLS/1.0, HTTP/1.1", false],
    ["websockets", false],
  ])("Upgrade: %s offers a WebSocket: %s", (upgrade, offered) =>
    expect(offersWebSocket({ headers: { upgrade } } as IncomingMessage)).toBe(offered),
  );
});

describe("upgradeRoute", () => {
  test.each([
    ["/trpc", { transport: "trpc" }],
    ["/trpc?connectionParams=1", { transport: "trpc" }],
    ["/ws/new", { transport: "json" }],
    ["/ws/session_abcdef", { transport: "json", sessionId: "session_abcdef" }],
  ])("%s", (url, route) => expect(upgradeRoute(url)).toEqual(route));
});

describe("originAllowed", () => {
  test.each([
    [undefined, "localhost:8000", true],
    ["http://localhost:8000", "localhost:8000", true],
    ["http://localhost:8000", "LOCALHOST:8000", true],
    ["http://localhost:3000", "localhost:8000", false],
    ["https://chat.example", "127.0.0.1:8000", true],
    ["https://chat.example.evil", "127.0.0.1:8000", false],
    ["null", "localhost", false],
    ["file://", "localhost", false],
    ["http://localhost", undefined, false],
    ["http://localhost", "", false],
    ["https://name", "name:443", true],
    ["http://name", "name:80", true],
    ["https://name", "name:80", false],
    ["https://name", "name:8443", false],
    ["https://[2001:db8::1]", "[2001:DB8::1]:443", true],
    ["https://name", "name:443@evil", false],
    ["https://name", "evil@name", false],
    ["https://name", "name/x", false],
  ])("%s at %s: %s", (origin, host, allowed) => {
    expect(originAllowed(origin, { host, scheme: null }, ["https://chat.example"])).toBe(allowed);
  });

  test.each([
    ["https://name", "https", true],
    ["https://name", "http", true],
    ["http://name", "http", true],
    ["http://name", "https", false],
  ] as const)("%s where a trusted proxy says %s: %s", (origin, scheme, allowed) => {
    expect(originAllowed(origin, { host: "name", scheme }, [])).toBe(allowed);
  });
});
