/** What a client keeps secret, in the wrong place or of the wrong form, reaches neither a log line, nor an answer, nor the ledger. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";

let running: TestServer;
beforeAll(async () => {
  running = await startTestServer();
});
afterAll(() => running[Symbol.asyncDispose]());

const SHOWN_MOST = 7;
const sessionId = "session_abcdef";
const newToken = () => randomBytes(32).toString("base64url");

/** Sends it and waits for the end of the connection. @returns all that came back. */
async function socket(path: string, frame: unknown): Promise<string> {
  using client = await TestClient.connect(`${running.ws}${path}`);
  client.send(frame);
  await client.anyFrame();
  client.socket.close();
  return JSON.stringify([client.frames, await client.closed]);
}

const doors: readonly (readonly [door: string, (hello: unknown) => Promise<string>])[] = [
  ["tRPC over WebSocket", (input) => socket("/trpc", { id: 1, method: "mutation", params: { path: "session.open", input } })],
  [
    "tRPC over HTTP",
    async (input) =>
      (await fetch(`${running.http}/trpc/session.open`, { method: "POST", body: JSON.stringify(input), headers: json })).text(),
  ],
  ["connectionParams", (data) => socket("/trpc?connectionParams=1", { method: "connectionParams", data })],
  ["a JSON hello", (hello) => socket("/ws/new", isRecord(hello) ? { type: "hello", ...hello } : hello)],
];
const json = { "content-type": "application/json" };

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const places: readonly (readonly [place: string, (token: string) => unknown])[] = [
  ["alone as resume", (token) => ({ name: "Ada", resume: token })],
  ["as resume in one text with too many parts", (token) => ({ name: "Ada", resume: `${token}.${token}.${token}` })],
  ["as resume in one text", (token) => ({ name: "", resume: `${sessionId}.${token}` })],
  ["in an array as resume", (token) => ({ name: "Ada", resume: [token] })],
  ["in an array as its token", (token) => ({ name: "Ada", resume: { sessionId, token: [token] } })],
  ["too long", (token) => ({ name: "Ada", resume: { sessionId, token: token.repeat(5) } })],
  ["in an array as its session", (token) => ({ name: "Ada", resume: { sessionId: [token], token } })],
  ["in an array as the browser's id", (token) => ({ name: "Ada", browser: [token] })],
  ["right in form, in a hello that is not", (token) => ({ name: "", resume: { sessionId, token } })],
  ["in the place of the whole", (token) => token],
  ["in an array in the place of the whole", (token) => [token]],
  ["in an array in another field", (token) => ({ name: "", token: [token] })],
  ["in an array in another field, without a hello", (token) => ({ token: [token] })],
];

function expectHidden(token: string, answer: string): void {
  const said = [answer, ...running.lines, ...running.logFields, JSON.stringify(running.store.ledger.entries())].join("\n");
  const shown = Array.from({ length: token.length - SHOWN_MOST }, (_, at) => token.slice(at, at + SHOWN_MOST + 1));
  expect(shown.filter((part) => said.includes(part))).toEqual([]);
}

describe.each(doors)("a token through %s", (_, send) => {
  test.each(places)("SES5 is not shown: %s", async (__, hello) => {
    const token = newToken();
    expectHidden(token, await send(hello(token)));
  });
});

test.each<[string, (token: string) => unknown]>([
  ["the frame", (token) => token],
  ["a message of a batch", (token) => [[token]]],
  ["its params", (token) => ({ id: 1, method: "mutation", params: token })],
  ["its params, in an array", (token) => ({ id: 1, method: "mutation", params: [token] })],
])("SES5 a token in the place of a tRPC frame's part is not shown: %s", async (_, frame) => {
  const token = newToken();
  expectHidden(token, await socket("/trpc", frame(token)));
});
