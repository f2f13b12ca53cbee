import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../testing/testServer.ts";
import { malformedHead } from "./requestHead.ts";

const headOf = (host: string | undefined, url = "/") =>
  malformedHead({
    url,
    headers: { host },
    rawHeaders: host === undefined ? [] : ["Host", host],
  } as unknown as IncomingMessage);

test.each([
  undefined,
  "",
  "localhost",
  "localhost:8000",
  "127.0.0.1:1",
  "[::1]:8000",
  "chat.example.com.",
  "xn--bcher-kva.example",
])("Host %s is well-formed", (host) => expect(headOf(host)).toBeNull());

test.each([
  "[",
  "[::1",
  "a b",
  "a/b",
  "a?b",
  "a#b",
  "user@a",
  "a:b",
  "a:99999",
  "a:1:2",
  "%zz",
  "a\\b",
  "<x>",
  ":80",
  "1.2.3.4.5",
  "ä",
])("Host %s is malformed", (host) => expect(headOf(host)).toMatch(/Host/));

test.each(["/", "//a", "/%", "http://localhost/x", "*", "http://[::1", "localhost:80", ""].map((url) => [url]))(
  "target %j",
  (url) => expect(headOf("a", url) === null).toBe(["/", "//a", "/%", "http://localhost/x"].includes(url)),
);

describe("a request with a malformed Host", () => {
  const ask = async ({ server: { port } }: TestServer, head: string) => {
    const socket = connect(port, "127.0.0.1");
    socket.write(`${head}\r\nConnection: close\r\n\r\n`);
    return text(socket);
  };

  test.each([
    ["/admin/sign-in?token=x", "Host: ["],
    ["/admin/sign-in", "Host: a b"],
    ["/api/cleanups?limit=1", "Host: a:b"],
    ["/trpc/auth.me", "Host: %zz"],
    ["/", "Host: user@a"],
    ["/healthz", "Host: a\r\nHost: b"],
    ["http://[::1/admin/sign-in", "Host: a"],
  ])("at %s with %s is a 400 with one log line and no stack", async (path, host) => {
    await using running = await startTestServer();
    const answer = await ask(running, `GET ${path} HTTP/1.1\r\n${host}`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).not.toContain(" at ");
    expect(running.lines.filter((line) => /^(?:error|warn Refused)/.test(line))).toEqual([
      expect.stringMatching(/^warn Refused a request \(400\)/),
    ]);
  });

  test.each([
    ["TRACE /trpc/auth.me HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", /^HTTP\/1\.1 405 /],
    ["GET /api/openapi.json HTTP/1.1\r\nHost: a\r\n\r\nnoise \u0001\r\n\r\n", /^(?:HTTP\/1\.1 |$)/],
  ])("a request that fuzzing found is no failure of the server: %j", async (request, answer) => {
    await using running = await startTestServer();
    const socket = connect(running.server.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(request, "latin1");
    expect(await text(socket).catch(() => "")).toMatch(answer);
    expect(running.lines.filter((line) => line.startsWith("error"))).toEqual([]);
  });

  test("is refused a WebSocket too", async () => {
    await using running = await startTestServer();
    const key = "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13";
    const socket = connect(running.server.port, "127.0.0.1");
    socket.write(`GET /ws/new HTTP/1.1\r\nHost: [\r\nConnection: upgrade\r\n${key}\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /);
  });
});
