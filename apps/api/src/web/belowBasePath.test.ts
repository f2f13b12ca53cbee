/** A whole server below a path: reached through a proxy that leaves the path on, and through one that takes it off. */
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { startTestServer, TestClient } from "../testing/testServer.ts";

const env = { LASTBEAT_SERVER_BASE_PATH: "/chat/" };

describe("below /chat", () => {
  test.each(["/chat", ""])("REST, health and sockets answer at %s/", async (at) => {
    await using running = await startTestServer({ env });
    expect((await fetch(`${running.http}${at}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${running.http}${at}/api/sessions`)).json()).toMatchObject({ sessions: [] });
    const me = await (await fetch(`${running.http}${at}/trpc/auth.me`)).json();
    expect(me).toMatchObject({ result: { data: { admin: null } } });
    for (const path of ["/trpc", "/ws/new"]) {
      using client = await TestClient.connect(`${running.ws}${at}${path}`, { origin: running.http });
      expect(client.socket.readyState).toBe(client.socket.OPEN);
    }
  });

  test("the sign-in link and the cookie path are below it", async () => {
    await using running = await startTestServer({ env });
    const path = running.server.newSignInPath();
    expect(path).toMatch(/^\/chat\/admin\/sign-in\?token=/);
    const { headers } = await fetch(`${running.http}${path}`, { redirect: "manual" });
    expect(headers.get("location")).toBe("/chat/admin");
    expect(headers.get("set-cookie")).toContain("; Path=/chat; ");
    const cookie = headers.get("set-cookie")?.split(";", 1)[0] ?? "";
    const out = await fetch(`${running.http}/chat/admin/sign-out`, { method: "POST", headers: { cookie } });
    expect(out.headers.get("set-cookie")).toContain("; Path=/chat; Max-Age=0; ");
  });

  test("the OpenAPI document has the server's URL and cookie name", async () => {
    await using running = await startTestServer({ env });
    const document = await (await fetch(`${running.http}/chat/api/openapi.json`)).json();
    expect(document).toMatchObject({
      servers: [{ url: "/chat" }],
      components: { securitySchemes: { cookie: { name: `lastbeat_admin_${running.server.port}` } } },
    });
  });

  test("a path that merely starts with the same letters is not below it", async () => {
    await using running = await startTestServer({ env });
    const client = new TestClient(`${running.ws}/chatter/trpc`);
    const [error] = (await once(client.socket, "error")) as [Error];
    expect(error.message).toContain("404");
  });
});
