import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import { eventually } from "@lastbeat/support/eventually";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endPageSchema, endSchema, endStatsSchema, sessionDetailSchema, sessionListSchema } from "../contract/answers.ts";
import type { EndView } from "../contract/views.ts";
import { type Scratch, scratch } from "../ledger/testing/scratchStore.ts";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";
import { restErrorSchema } from "./restError.ts";
import { operations } from "./routes.ts";

const json = async (response: Response) => (await response.json()) as Record<string, unknown>;
const DAY_MS = 86_400_000;

async function withOpenSession(running: TestServer): Promise<{ client: TestClient; id: string }> {
  const client = await TestClient.connect(`${running.ws}/ws/new`);
  client.send({ type: "hello", name: "Ada" });
  return { client, id: String((await client.frame("welcome")).sessionId) };
}

let place: Scratch;
/** A server over a real database, shared because opening one takes a second. */
let shared: TestServer;
const ledger = () => shared.server.services.store.ledger;
beforeAll(async () => {
  place = scratch();
  shared = await startTestServer({ store: await place.open() });
  await ledger().opened(sampleOpened("session_a"));
  await ledger().ended(sampleEnded("session_a"));
});
afterAll(async () => {
  await shared[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

describe("bad requests", () => {
  test.each([
    ["an unknown filter", "/api/ends?color=red", "color"],
    ["a bad cursor", "/api/ends?cursor=nonsense", "cursor"],
    ["a reversed range", "/api/ends?since=1h&until=2h", "toMs"],
    ["a limit of 0", "/api/ends?limit=0", "limit"],
    ["a limit of 1000000", "/api/ends?limit=1000000", "limit"],
    ["a moment that is none", "/api/ends?since=yesterday", "since"],
    ["two beginnings", "/api/ends?since=1h&fromMs=5", "since"],
    ["an unknown format", "/api/ends/export?format=xml", "format"],
    ["an export without a format", "/api/ends/export", "format"],
    ["an export with a limit", "/api/ends/export?format=csv&limit=5", "limit"],
    ["an unknown filter of an export", "/api/ends/export?format=csv&color=red", "color"],
    ["an unknown filter of sessions", "/api/sessions?color=red", "color"],
    ["an unknown state", "/api/sessions?state=asleep", "state.0"],
    ["a parameter of a session's end, which has none", "/api/ends/session_x?color=red", "color"],
    ["a parameter of a timeline, which has none", "/api/ends/session_x/timeline?color=red", "color"],
  ])("%s is a 400 that names its field", async (_, path, field) => {
    const response = await fetch(`${shared.http}${path}`);
    const body = restErrorSchema.parse(await response.json());
    expect([response.status, body.error.code]).toEqual([400, "bad_request"]);
    expect(body.error.issues?.map((issue) => issue.field)).toEqual([field]);
  });

  test.each(["/api/ends/session_nobody", "/api/ends/session_nobody/timeline", "/api/sessions/session_nobody"])(
    "an unknown id is a 404: %s",
    async (path) => {
      const response = await fetch(`${shared.http}${path}`);
      expect([response.status, restErrorSchema.parse(await response.json()).error.code]).toEqual([404, "not_found"]);
    },
  );

  test("SQL in a text filter is treated as text", async () => {
    for (const text of ["'; DROP TABLE ends; --", '" OR 1=1 --', "x*) UNION SELECT 1", "NEAR(a b)"]) {
      for (const field of ["text", "user", "session", "address"]) {
        const found = await json(await fetch(`${shared.http}/api/ends?${new URLSearchParams({ [field]: text })}`));
        expect(found).toMatchObject({ rows: [], total: 0 });
      }
    }
    expect(await json(await fetch(`${shared.http}/api/ends?session=session_a`))).toMatchObject({ total: 1 });
  });
});

test("responses from a real database match the OpenAPI document", async () => {
  const { client, id } = await withOpenSession(shared);
  using _client = client;
  const get = async (path: string) => (await fetch(`${shared.http}/api${path}`)).json();
  expect(endPageSchema.parse(await get("/ends?session=session_a")).rows).toHaveLength(1);
  expect(endSchema.parse(await get("/ends/session_a")).reason).toBe("unresponsive");
  expect(endStatsSchema.parse(await get("/ends/stats?session=session_a")).total).toBe(1);
  expect(sessionListSchema.parse(await get("/sessions?search=ada&state=active")).total).toBe(1);
  expect(sessionDetailSchema.parse(await get(`/sessions/${id}`)).live?.id).toBe(id);
  const { entries } = (await get("/ends/session_a/timeline")) as { entries: { type: string }[] };
  expect(entries.map(({ type }) => type)).toEqual(["opened", "ended"]);
});

test("since and until accept human-readable times", async () => {
  for (const [id, ageMs] of [
    ["session_old", 3 * DAY_MS],
    ["session_new", 3_600_000],
  ] as const) {
    await ledger().opened(sampleOpened(id, { user: "Grace" }));
    await ledger().ended(sampleEnded(id, { detectedAtMs: Date.now() - ageMs }));
  }
  const ids = async (query: string) => {
    const { rows } = await json(await fetch(`${shared.http}/api/ends?user=Grace&${query}`));
    return (rows as EndView[]).map(({ sessionId }) => sessionId);
  };
  expect(await ids("since=24h")).toEqual(["session_new"]);
  expect(await ids("until=24h")).toEqual(["session_old"]);
  expect(await ids("since=7d&until=1m&sort=oldest")).toEqual(["session_old", "session_new"]);
});

describe("the former paths", () => {
  test.each(["", "/stats", "/session_a", "/session_a/timeline", "/export?format=jsonl"])(
    "LED7 /api/cleanups%s answers as /api/ends does",
    async (path) => {
      const former = await fetch(`${shared.http}/api/cleanups${path}`);
      const now = await fetch(`${shared.http}/api/ends${path}`);
      expect([former.status, await former.text()]).toEqual([200, await now.text()]);
    },
  );

  test("LED7 a session includes its end under the former name too", async () => {
    const { end, cleanup } = await json(await fetch(`${shared.http}/api/sessions/session_a`));
    expect(cleanup).toEqual(end);
    expect(end).toMatchObject({ sessionId: "session_a" });
  });

  test("LED7 are marked as deprecated, each with its replacement", async () => {
    const { paths } = await json(await fetch(`${shared.http}/api/openapi.json`));
    for (const { path, method, deprecated } of operations) {
      const documented = (paths as Record<string, Record<string, { deprecated?: boolean }>>)[`/api${path}`]?.[method];
      expect(documented?.deprecated).toBe(deprecated);
      expect(deprecated === true).toBe(path.startsWith("/cleanups"));
    }
  });
});

describe("the OpenAPI document", () => {
  test("has every operation, and no dangling references", async () => {
    await using running = await startTestServer();
    const text = await (await fetch(`${running.http}/api/openapi.json`)).text();
    const document = JSON.parse(text) as { paths: Record<string, Record<string, unknown>>; components: Record<string, object> };
    for (const { method, path } of operations) expect(document.paths[`/api${path}`]).toHaveProperty(method);
    for (const [, section = "", name] of text.matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)) {
      expect(document.components[section]).toHaveProperty(String(name));
    }
    expect(text).not.toContain("__shared");
  });

  test("lists exactly the validated parameters, with lists comma-separated", async () => {
    await using running = await startTestServer();
    const { paths } = (await (await fetch(`${running.http}/api/openapi.json`)).json()) as {
      paths: Record<string, { get: { parameters: { name: string }[] } }>;
    };
    const parameters = paths["/api/ends"]?.get.parameters ?? [];
    const names = "fromMs toMs tier reason initiator user userId session address text sort cursor limit since until";
    expect(parameters.map(({ name }) => name)).toEqual(names.split(" "));
    expect(parameters[2]).toMatchObject({ style: "form", explode: false, schema: { type: "array" } });
    expect(parameters.at(-3)).toMatchObject({ schema: { type: "integer", minimum: 1, maximum: 500, default: 50 } });
  });
});

describe("tokens", () => {
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}`, "x-forwarded-for": "203.0.113.7" } });

  test("a read token reads; an operate token ends sessions under its name", async () => {
    await using running = await startTestServer();
    const { client, id } = await withOpenSession(running);
    using _client = client;
    const { tokens } = running.server.services;
    const [read, operate] = [await tokens.create("grafana", ["read"]), await tokens.create("deploy", ["operate"])];
    const url = `${running.http}/api/sessions`;
    expect((await fetch(url, bearer(read.token))).status).toBe(200);
    const refused = await fetch(`${url}/${id}`, { method: "DELETE", ...bearer(read.token) });
    expect([refused.status, restErrorSchema.parse(await refused.json()).error.code]).toEqual([403, "forbidden"]);
    const ended = await json(await fetch(`${url}/${id}`, { method: "DELETE", ...bearer(operate.token) }));
    expect(endSchema.parse(ended)).toMatchObject({ reason: "ended_by_operator", operator: "token deploy" });
    await eventually(() => expect(tokens.list().every(({ lastUsedAtMs }) => lastUsedAtMs !== null)).toBe(true));
    expect((await client.closed).code).toBe(4503);
  });

  test("unknown, malformed and revoked tokens are refused, even on this machine", async () => {
    await using running = await startTestServer();
    const { tokens } = running.server.services;
    const { token } = await tokens.create("ci", ["read"]);
    await tokens.revoke("ci");
    for (const authorization of [`Bearer ${token}`, "Bearer lb_x", "Bearer", "Basic abc", ""]) {
      const response = await fetch(`${running.http}/api/sessions`, { headers: { authorization } });
      expect([response.status, response.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    }
  });
});
