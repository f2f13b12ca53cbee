/** No door writes into the log what a client keeps secret. */
import { connect } from "node:net";
import { eventually } from "@lastbeat/support/eventually";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RawHttp } from "../testing/rawHttp.ts";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";

const secret = "S3cretMark";
let running: TestServer;
beforeAll(async () => {
  running = await startTestServer();
});
afterAll(() => running[Symbol.asyncDispose]());

async function ask(
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
  body: string | null = null,
): Promise<void> {
  await (await fetch(`${running.http}${path}`, { method, headers, body, redirect: "manual" })).text();
}

/** A request that `fetch` would not send. */
async function raw(line: string, ...headers: string[]): Promise<void> {
  using connection = await RawHttp.connect(running.server.port);
  connection.ask(line, headers);
  await connection.answers();
}

async function upgrade(path: string, headers: Record<string, string> = {}): Promise<void> {
  using client = new TestClient(`${running.ws}${path}`, headers);
  await client.closed;
}

async function frame(path: string, sent: unknown): Promise<void> {
  using client = await TestClient.connect(`${running.ws}${path}`);
  client.send(sent);
  await client.anyFrame();
}

const json = { "content-type": "application/json" };
const body = JSON.stringify({ password: secret, token: secret, id: secret });

const doors: Readonly<Record<string, () => Promise<void>>> = {
  "a guessed sign-in link": () => ask(`/admin/sign-in?token=${secret}`),
  "a sign-in link with HEAD": () => ask(`/admin/sign-in?token=${secret}`, {}, "HEAD"),
  "a bearer token": () => ask("/api/sessions", { authorization: `Bearer ${secret}` }),
  "a bearer token of a strange form": () => ask("/api/sessions", { authorization: `bearer ${secret} ${secret}` }),
  "a password": () => ask("/api/sessions", { authorization: `Basic ${secret}` }),
  "a password of an operator": () => ask("/admin/sign-in", json, "POST", JSON.stringify({ name: "ada", password: secret })),
  "a password in the name's place": () => ask("/admin/sign-in", json, "POST", JSON.stringify({ name: secret, password: "" })),
  "a password that is no text": () => ask("/admin/sign-in", json, "POST", JSON.stringify({ name: "ada", password: [secret] })),
  "a sign-in that is not JSON": () => ask("/admin/sign-in", json, "POST", `{"password":"${secret}`),
  "a link with a new password": () =>
    ask("/admin/set-password", json, "POST", JSON.stringify({ link: secret, name: "ada", password: secret })),
  "a cookie": () => ask("/api/sessions", { cookie: `lastbeat_admin_8000=${secret}; other=${secret}`, "x-forwarded-for": "x" }),
  "a query of REST": () => ask(`/api/ends?token=${secret}&limit=0`),
  "a query of REST without access": () => ask(`/api/sessions?token=${secret}`, { origin: "https://evil.example" }),
  "a body of REST": () => ask("/api/sessions/session_a", json, "DELETE", body),
  "a query of tRPC": () => ask(`/trpc/ends.list?input=${encodeURIComponent(body)}&token=${secret}`),
  "connectionParams over HTTP": () => ask(`/trpc/auth.me?connectionParams=${encodeURIComponent(body)}`),
  "broken connectionParams over HTTP": () => ask(`/trpc/auth.me?connectionParams=%7B${secret}`),
  "a body of tRPC": () => ask("/trpc/settings.save", json, "POST", body),
  "a subscription": () => ask(`/trpc/system.overviewFeed?token=${secret}`),
  "a page of another origin": () => ask(`/admin/sign-out?token=${secret}`, { origin: "https://evil.example" }, "POST", body),
  "a method that is not served": () => ask(`/trpc/x?token=${secret}`, {}, "PUT", body),
  "a malformed Host": () => raw(`GET /?token=${secret}`, "Host: other"),
  "a page's query": () => ask(`/?token=${secret}`),
  "bytes that are not HTTP": async () => {
    const socket = connect(running.server.port, "127.0.0.1");
    socket.on("error", () => {});
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.resume();
    socket.end(`${secret}\r\n\r\n`);
    await closed;
  },
  "a WebSocket at no path": () => upgrade(`/nothing?token=${secret}`, { cookie: secret }),
  "a WebSocket of another origin": () => upgrade(`/trpc?token=${secret}`, { origin: "https://evil.example" }),
  "a WebSocket with a wrong id": () => upgrade(`/ws/.?token=${secret}`),
  "a broken handshake": () =>
    raw(`GET /trpc?token=${secret}`, "Connection: Upgrade", "Upgrade: websocket", `Sec-WebSocket-Key: ${secret}`),
  "a WebSocket with a bearer token": () => upgrade("/ws/none", { authorization: `Bearer ${secret}` }),
  "a hello": () => frame("/ws/new", { type: "hello", name: "", browser: secret, resume: { sessionId: secret, token: secret } }),
  connectionParams: () => frame("/trpc?connectionParams=1", { method: "connectionParams", data: { name: "", resume: secret } }),
  "an unknown procedure": () =>
    frame("/trpc", { id: 1, method: "mutation", params: { path: "no.such", input: { password: secret } } }),
  "an operator's role": () =>
    frame("/trpc", {
      id: 1,
      method: "mutation",
      params: { path: "session.open", input: { name: "Ada", kind: "admin", browser: secret } },
    }),
};

test.each(Object.entries(doors))("WEB7 the log has no secret of %s", async (_, use) => {
  await use();
  expect([...running.lines, ...running.logFields].join("\n")).not.toContain(secret);
});

test("WEB7 the log tells what was refused all the same", async () => {
  await upgrade(`/elsewhere?token=${secret}`);
  await eventually(() => expect(running.logFields.join("\n")).toContain('"path":"/elsewhere"'));
});
