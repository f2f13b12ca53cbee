import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../testing/testServer.ts";

type Answer = { readonly result?: { readonly data: Record<string, unknown> }; readonly error?: { readonly message: string } };

async function call({ http }: TestServer, path: string, { cookie = "", input }: { cookie?: string; input?: unknown } = {}) {
  const headers = { "content-type": "application/json", cookie };
  const asked = input === undefined ? { headers } : { headers, method: "POST", body: JSON.stringify(input) };
  const response = await fetch(`${http}/trpc/${path}`, asked);
  return { status: response.status, ...((await response.json()) as Answer) };
}

describe("tokens over tRPC", () => {
  test("are made, listed without their secret, and revoked by an operator", async () => {
    await using running = await startTestServer();
    const cookie = await running.signIn();
    const made = (await call(running, "tokens.create", { cookie, input: { name: "ci", scopes: ["sessions:read"], days: 30 } }))
      .result?.data;
    expect(made).toMatchObject({
      name: "ci",
      scopes: ["sessions:read"],
      expiresAtMs: expect.any(Number),
      lastUsedAtMs: null,
      token: expect.stringMatching(/^lb_/),
    });
    const { token, ...view } = made ?? {};
    expect((await call(running, "tokens.list", { cookie })).result?.data).toEqual([view]);
    const ask = () => fetch(`${running.http}/api/sessions`, { headers: { authorization: `Bearer ${token}` } });
    expect((await ask()).status).toBe(200);
    expect((await call(running, "tokens.revoke", { cookie, input: { id: view.id } })).status).toBe(200);
    expect((await ask()).status).toBe(401);
    expect(running.lines.join("\n")).not.toContain(String(token));
  });

  test("are for operators only", async () => {
    await using running = await startTestServer();
    expect((await call(running, "tokens.list")).status).toBe(401);
    expect((await call(running, "tokens.create", { input: { name: "ci", scopes: ["sessions:read"] } })).status).toBe(401);
    expect((await call(running, "tokens.revoke", { input: { id: "x" } })).status).toBe(401);
  });

  test("that cannot be read are not said to be none", async () => {
    await using running = await startTestServer();
    const cookie = await running.signIn();
    mkdirSync(join(running.dataFolder, "tokens.json"));
    const message = expect.stringContaining("tokens.json cannot be read");
    expect(await call(running, "tokens.list", { cookie })).toMatchObject({ status: 409, error: { message } });
  });

  test("cannot have a name twice, nor a name that hides", async () => {
    await using running = await startTestServer();
    const cookie = await running.signIn();
    const create = (name: string) => call(running, "tokens.create", { cookie, input: { name, scopes: ["sessions:read"] } });
    expect((await create("ci")).status).toBe(200);
    expect(await create("ci")).toMatchObject({ status: 409, error: { message: expect.stringContaining("revoke it first") } });
    expect((await create("\u202eic")).status).toBe(400);
    expect((await call(running, "tokens.revoke", { cookie, input: { id: "nobody" } })).status).toBe(404);
  });
});
