import { describe, expect, test } from "vitest";
import { startTestServer, TestClient } from "./testing/testServer.ts";

const json = async (response: Response) => (await response.json()) as Record<string, unknown>;

describe("REST", () => {
  test("lists an open chat to a program on this machine", async () => {
    await using running = await startTestServer();
    using client = await TestClient.connect(`${running.ws}/ws/new`);
    client.send({ type: "hello", name: "Ada", room: "general" });
    const { sessionId } = await client.frame("welcome");
    const { sessions } = await json(await fetch(`${running.http}/api/sessions`));
    expect(sessions).toEqual([expect.objectContaining({ id: sessionId, user: "Ada", room: "general", state: "active" })]);
    const detail = await json(await fetch(`${running.http}/api/sessions/${sessionId}`));
    expect(detail).toMatchObject({ live: { id: sessionId }, end: null });
  });

  test("answers ended sessions, filtered", async () => {
    await using running = await startTestServer();
    using client = await TestClient.connect(`${running.ws}/ws/new`);
    client.send({ type: "hello", name: "Ada" });
    const { sessionId } = await client.frame("welcome");
    client.send({ type: "goodbye" });
    await client.closed;
    const url = `${running.http}/api/ends`;
    expect(await json(await fetch(`${url}?reason=client_left,idle&limit=5`))).toMatchObject({ rows: [{ sessionId }], total: 1 });
    expect(await json(await fetch(`${url}?reason=idle`))).toMatchObject({ rows: [] });
    expect(await json(await fetch(`${url}/${sessionId}`))).toMatchObject({ reason: "client_left" });
  });

  test.each([
    ["an unknown filter", "/api/ends?color=red", 400, "bad_request"],
    ["a reason that does not exist", "/api/ends?reason=bored", 400, "bad_request"],
    ["a reversed range", "/api/ends?fromMs=5&toMs=1", 400, "bad_request"],
    ["a page of nothing", "/api/ends?limit=0", 400, "bad_request"],
    ["a limit that is no number", "/api/ends?limit=ten", 400, "bad_request"],
    ["an unknown session", "/api/sessions/session_nobody", 404, "not_found"],
    ["an unknown end", "/api/ends/session_nobody", 404, "not_found"],
    ["an unknown address", "/api/nothing", 404, "not_found"],
  ])("%s is answered in the documented shape", async (_, path, status, code) => {
    await using running = await startTestServer();
    const response = await fetch(`${running.http}${path}`);
    expect(response.status).toBe(status);
    expect(await json(response)).toMatchObject({ error: { code, message: expect.any(String) } });
  });

  test("a body that is not JSON is a 400 with one log line", async () => {
    await using running = await startTestServer();
    const headers = { cookie: await running.signIn() };
    const response = await fetch(`${running.http}/api/sessions/session_abcdef`, { method: "DELETE", body: "{not json", headers });
    expect(response.status).toBe(400);
    expect(await json(response)).toEqual({ error: { code: "bad_json", message: "the body is not JSON" } });
    expect(running.lines.filter((line) => line.startsWith("warn Refused a REST request (bad_json)"))).toHaveLength(1);
  });

  test("a body over the limit is a 413", async () => {
    await using running = await startTestServer();
    const headers = { cookie: await running.signIn() };
    const response = await fetch(`${running.http}/api/sessions/x`, { method: "DELETE", body: "x".repeat(70_000), headers });
    expect(response.status).toBe(413);
  });

  test("a request that came through a proxy, or names another host, needs the cookie", async () => {
    await using running = await startTestServer();
    const url = `${running.http}/api/sessions`;
    const proxied = { "x-forwarded-for": "203.0.113.7" };
    expect((await fetch(url, { headers: proxied })).status).toBe(401);
    const cookie = await running.signIn();
    expect((await fetch(url, { headers: { ...proxied, cookie } })).status).toBe(200);
  });

  test("only an operator ends a session", async () => {
    await using running = await startTestServer();
    using client = await TestClient.connect(`${running.ws}/ws/new`);
    client.send({ type: "hello", name: "Ada" });
    const { sessionId } = await client.frame("welcome");
    const url = `${running.http}/api/sessions/${sessionId}`;
    expect((await fetch(url, { method: "DELETE" })).status).toBe(401);
    const cookie = await running.signIn();
    const ended = await fetch(url, { method: "DELETE", headers: { cookie }, body: '{"note":"bye"}' });
    expect(await json(ended)).toMatchObject({ reason: "ended_by_operator", note: "bye" });
    expect((await client.closed).code).toBe(4503);
  });
});

describe("signing in", () => {
  test("a link works once, and a new one takes its place", async () => {
    await using running = await startTestServer();
    const stale = String(running.server.newSignInPath());
    const path = String(running.server.newSignInPath());
    const visit = (at: string, method = "GET") => fetch(`${running.http}${at}`, { redirect: "manual", method });
    expect((await visit(stale)).status).toBe(403);
    expect((await visit(path, "HEAD")).status).toBe(403);
    const first = await visit(path);
    expect([first.status, first.headers.get("location")]).toEqual([303, "/admin"]);
    expect(first.headers.get("set-cookie")).toMatch(/^lastbeat_admin_\d+=\S+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
    expect((await visit(path)).status).toBe(403);
    expect((await visit("/admin/sign-in")).headers.get("location")).toBe("/admin");
  });

  test("says to somebody who is not signed in how a new link is had", async () => {
    await using running = await startTestServer();
    const answer = await json(await fetch(`${running.http}/trpc/auth.ways`));
    const newLinkBy = process.platform === "win32" ? "restart" : "signal";
    expect(answer.result).toEqual({ data: { hasAccounts: false, newLinkBy, oidc: null } });
  });

  test("signing out makes the cookie worthless", async () => {
    await using running = await startTestServer();
    const cookie = await running.signIn();
    const me = async () => (await json(await fetch(`${running.http}/trpc/auth.me`, { headers: { cookie } }))).result;
    expect(await me()).toMatchObject({ data: { admin: "operator" } });
    const out = await fetch(`${running.http}/admin/sign-out`, { method: "POST", headers: { cookie } });
    expect(out.status).toBe(204);
    expect(await me()).toMatchObject({ data: { admin: null } });
  });
});

describe("tRPC over HTTP", () => {
  test("serves calls that need no session, and no stack traces", async () => {
    await using running = await startTestServer();
    const refused = await fetch(`${running.http}/trpc/settings.get`);
    expect(refused.status).toBe(401);
    expect(await refused.text()).not.toContain("stack");
    const cookie = await running.signIn();
    const view = await json(await fetch(`${running.http}/trpc/settings.get`, { headers: { cookie } }));
    expect(view).toMatchObject({ result: { data: { revision: 0 } } });
  });

  test("a body that is not JSON is a 400 with one log line", async () => {
    await using running = await startTestServer();
    const headers = { "content-type": "application/json", cookie: await running.signIn() };
    const response = await fetch(`${running.http}/trpc/sessions.end`, { method: "POST", headers, body: "{oops" });
    expect(response.status).toBe(400);
    expect(running.lines.filter((line) => line.startsWith("warn Refused a call"))).toHaveLength(1);
  });

  test("a page of another origin may change nothing", async () => {
    await using running = await startTestServer();
    const headers = { origin: "https://evil.example", cookie: await running.signIn() };
    const response = await fetch(`${running.http}/admin/sign-out`, { method: "POST", headers });
    expect(response.status).toBe(403);
  });
});

describe("health", () => {
  test("LED6 /readyz fails with the cause while the ledger takes nothing", async () => {
    await using running = await startTestServer();
    expect(await json(await fetch(`${running.http}/healthz`))).toEqual({ status: "ok" });
    expect((await fetch(`${running.http}/readyz`)).status).toBe(200);
    running.store.ledger.health = () => ({ accepting: false, cause: "disk full" });
    const response = await fetch(`${running.http}/readyz`);
    expect([response.status, await json(response)]).toEqual([503, { status: "not ready", cause: "disk full" }]);
  });
});

describe("the web apps", () => {
  test("an app that was not built says how to build it", async () => {
    await using running = await startTestServer();
    const response = await fetch(`${running.http}/admin`);
    expect([response.status, await response.text()]).toEqual([503, expect.stringContaining("npm run build")]);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'self'");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  });
});
