/** JSON nested without end, at every door that takes JSON. */

import { type ScratchServer, startScratchServer } from "@lastbeat/support/scratchServer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestClient } from "../testing/testServer.ts";

let server: ScratchServer;
let healthy: TestClient;
beforeAll(async () => {
  server = await startScratchServer();
  healthy = await TestClient.connect(`${server.ws}/ws/new`);
  healthy.send({ type: "hello", name: "Healthy" });
  await healthy.frame("welcome");
});
afterAll(() => server?.[Symbol.asyncDispose]());

/** Within what a connection may send before its hello. */
const deep = `${"[".repeat(7_500)}${"]".repeat(7_500)}`;

async function stillServes(): Promise<void> {
  expect((await fetch(`${server.http}/healthz`)).status).toBe(200);
  expect(healthy.socket.readyState).toBe(healthy.socket.OPEN);
  expect(server.output()).not.toMatch(/RangeError|\bat .*\.ts:\d+/);
}

test.each([
  ["a query", "/trpc", `{"id":1,"method":"query","params":{"path":"auth.me","input":${deep}}}`],
  ["a tRPC hello", "/trpc", `{"id":1,"method":"mutation","params":{"path":"session.open","input":{"name":${deep}}}}`],
  ["a subscription", "/trpc", `{"id":1,"method":"subscription","params":{"path":"system.overviewFeed","input":${deep}}}`],
  ["connection parameters", "/trpc", `{"method":"connectionParams","data":${deep}}`],
  ["a tRPC frame of nothing else", "/trpc", deep],
  ["a hello", "/ws/new", `{"type":"hello","name":${deep}}`],
  ["a JSON frame of nothing else", "/ws/new", deep],
])("SES4 %s nested 7,500 deep costs its own connection at most", async (_, path, frame) => {
  using client = await TestClient.connect(`${server.ws}${path}`);
  client.socket.send(frame);
  const said = await Promise.race([client.closed.then(({ code }) => code), client.anyFrame()]);
  expect(JSON.stringify([said, client.frames])).toMatch(/4506|nested deeper/);
  await stillServes();
});

test.each([
  ["a batch", "POST", "/trpc/auth.me?batch=1", `{"0":${deep}}`],
  ["a call", "POST", "/trpc/session.open", `{"name":${deep}}`],
  ["a query string", "GET", `/trpc/auth.me?input=${encodeURIComponent("[".repeat(2_000) + "]".repeat(2_000))}`, undefined],
  ["a REST body", "DELETE", "/api/sessions/session_x", `{"note":${deep}}`],
])("%s nested deep is answered with one clear error", async (_, method, path, body) => {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${server.http}${path}`, { method, headers, body });
  const text = await response.text();
  expect(response.status, text).toBeGreaterThanOrEqual(400);
  expect(response.status, text).toBeLessThan(500);
  await stillServes();
});
