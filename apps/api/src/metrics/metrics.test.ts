import { eventually } from "@lastbeat/support/eventually";
import { beforeEach, describe, expect, test } from "vitest";
import { parseExposition, type Scrape } from "../testing/exposition.ts";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";
import { webhookFamilies } from "./families/webhooks.ts";

/** What a scrape answers, checked against the text format. */
async function scrape(server: TestServer, headers: Record<string, string> = {}): Promise<Scrape> {
  const response = await fetch(`${server.http}/metrics`, { headers });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  return parseExposition(await response.text());
}

async function join(server: TestServer, name: string): Promise<TestClient> {
  const client = await TestClient.connect(`${server.ws}/ws/new`);
  client.send({ type: "hello", name });
  await client.frame("welcome");
  return client;
}

test("MET2 a real server's metrics keep to the text format, and to Prometheus' names and units", async () => {
  await using server = await startTestServer();
  using client = await join(server, "Ada");
  client.send({ type: "goodbye" });
  await client.closed;
  const { families } = await scrape(server);
  expect(families.size).toBeGreaterThan(40);
  for (const [name, { type, help }] of families) {
    expect(name).toMatch(/^(?:lastbeat|process|nodejs)_[a-z0-9]+(?:_[a-z0-9]+)*$/);
    expect([name, name.endsWith("_total")]).toEqual([name, type === "counter"]);
    expect(name).not.toMatch(/_(?:ms|milliseconds|minutes|hours|kb|mb|percent)(?:_|$)/);
    expect(help.length).toBeGreaterThan(5);
    if (type === "histogram") expect(name).toMatch(/_(?:seconds|ratio)$/);
  }
});

test("MET1 sessions, ends and their times are counted", async () => {
  await using server = await startTestServer();
  using leaves = await join(server, "Ada");
  using stays = await join(server, "Ben");
  leaves.send({ type: "goodbye" });
  await leaves.closed;
  await eventually(async () => {
    const { value } = await scrape(server);
    expect(value("lastbeat_sessions", { state: "active", kind: "user" })).toBe(1);
    expect(value("lastbeat_sessions_opened_total")).toBe(2);
    expect(value("lastbeat_ends_total", { reason: "client_left", tier: "socket" })).toBe(1);
    expect(value("lastbeat_ends_total", { reason: "idle", tier: "timeout" })).toBe(0);
    expect(value("lastbeat_detection_seconds_count", { tier: "socket" })).toBe(1);
    expect(value("lastbeat_detection_bound_ratio_bucket", { tier: "socket", le: "1" })).toBe(1);
    expect(value("lastbeat_cleanup_seconds_count")).toBe(1);
    expect(value("lastbeat_late_ends_total", { tier: "socket", cause: "unknown" })).toBe(0);
    expect(value("lastbeat_detection_bound_seconds", { tier: "heartbeat" })).toBeCloseTo(90.1);
  });
  expect(stays.socket.readyState).toBe(stays.socket.OPEN);
});

test("MET1 refusals are counted by cause", async () => {
  await using server = await startTestServer({ settings: { maxSessions: 1 } });
  using first = await join(server, "Ada");
  using second = await TestClient.connect(`${server.ws}/ws/new`);
  second.send({ type: "hello", name: "Ben" });
  await second.closed;
  const { value } = await scrape(server);
  expect(value("lastbeat_refusals_total", { cause: "capacity" })).toBe(1);
  expect(value("lastbeat_refusals_total", { cause: "memory" })).toBe(0);
  expect(first.socket.readyState).toBe(first.socket.OPEN);
});

test("MET1 what comes too fast in the chat and failed sign-ins are counted", async () => {
  await using server = await startTestServer({ settings: { chatCallBurst: 3, chatCallRate: 1 } });
  using client = await join(server, "Ada");
  for (let call = 0; call < 50; call += 1) client.send({ type: "chat.typing" });
  for (let guess = 0; guess < 3; guess += 1)
    await fetch(`${server.http}/api/sessions`, { headers: { authorization: "Bearer lb_wrong" } });
  await eventually(async () => {
    const { value } = await scrape(server);
    expect(value("lastbeat_failed_sign_ins_total")).toBe(3);
    expect(value("lastbeat_chat_rate_limited_total")).toBeGreaterThan(0);
  });
});

describe("who may read them", () => {
  const proxied = { "x-forwarded-for": "203.0.113.7" };
  const status = async (url: string, init?: RequestInit) => (await fetch(url, init)).status;

  test("MET3 programs on this machine, unless told otherwise; strangers need a token or a sign-in", async () => {
    await using server = await startTestServer();
    const url = `${server.http}/metrics`;
    expect(await status(url)).toBe(200);
    expect(await status(url, { headers: proxied })).toBe(401);
    expect(await status(url, { headers: { authorization: "Bearer lb_nonsense" } })).toBe(401);
    const { token } = await server.server.services.tokens.create("prometheus", ["read"]);
    expect(await status(url, { headers: { ...proxied, authorization: `Bearer ${token}` } })).toBe(200);
    expect(await status(url, { headers: { ...proxied, cookie: await server.signIn() } })).toBe(200);
    expect(await status(url, { method: "POST" })).not.toBe(200);
  });

  test("MET3 without local reads nobody reads without a token", async () => {
    await using server = await startTestServer({ localReads: false });
    expect(await status(`${server.http}/metrics`)).toBe(401);
  });

  test("MET3 they are below the base path too", async () => {
    await using server = await startTestServer({ env: { LASTBEAT_SERVER_BASE_PATH: "/chat" } });
    expect(await status(`${server.http}/chat/metrics`)).toBe(200);
    expect(await status(`${server.http}/metrics`)).toBe(200);
  });
});

describe("a port of their own", () => {
  let port: number;
  beforeEach(async () => {
    port = await freePort();
  });

  test("MET3 answers without a token, and nothing but metrics", async () => {
    const env = { LASTBEAT_METRICS_LISTEN: `127.0.0.1:${port}` };
    await using server = await startTestServer({ localReads: false, env });
    const own = `http://127.0.0.1:${port}`;
    const response = await fetch(`${own}/metrics`, { headers: { "x-forwarded-for": "203.0.113.7" } });
    expect(response.status).toBe(200);
    expect(parseExposition(await response.text()).families.size).toBe(server.server.services.metrics.names().length);
    expect((await fetch(`${own}/api/sessions`)).status).toBe(404);
    expect((await fetch(`${own}/metrics`, { method: "POST" })).status).toBe(405);
  });

  test("MET3 closes with the server", async () => {
    const env = { LASTBEAT_METRICS_LISTEN: `127.0.0.1:${port}` };
    await (await startTestServer({ env }))[Symbol.asyncDispose]();
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
  });
});

async function freePort(): Promise<number> {
  const { createServer } = await import("node:net");
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

test("MET1 webhooks are told by name: what waits and for how long, what was given up, delivered and failed", () => {
  const view = { url: null, lastDeliveredAtMs: null, failingSinceMs: null, lastError: null };
  const stats = () => [
    { ...view, name: "billing", waiting: 3, oldestWaitingAtMs: 40_000, dead: 2, delivered: 7, failed: 5 },
    { ...view, name: "quiet", waiting: 0, oldestWaitingAtMs: null, dead: 0, delivered: 0, failed: 0 },
  ];
  const families = webhookFamilies({ webhooks: { stats }, now: () => 100_000 });
  const read = (webhook: string) =>
    families.map((family) => family.read().find(({ labels }) => labels.webhook === webhook)?.value);
  expect(read("billing")).toEqual([3, 60, 2, 7, 5]);
  expect(read("quiet")).toEqual([0, 0, 0, 0, 0]);
});
