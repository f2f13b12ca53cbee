import { mkdirSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startTestServer } from "../testing/testServer.ts";
import { isLocal } from "./access.ts";
import { restErrorSchema } from "./restError.ts";

function request(headers: Record<string, string>, remoteAddress = "127.0.0.1"): IncomingMessage {
  return { headers: { host: "localhost:8000", ...headers }, socket: { remoteAddress } } as unknown as IncomingMessage;
}

describe("a program on this machine", () => {
  test.each([
    ["localhost:8000", "127.0.0.1"],
    ["LOCALHOST", "127.0.0.1"],
    ["127.0.0.1:8000", "::ffff:127.0.0.1"],
    ["[::1]:8000", "::1"],
  ])("asks %s from %s", (host, address) => expect(isLocal(request({ host }, address))).toBe(true));

  test.each([
    ["forwarded", "for=203.0.113.7"],
    ["via", "1.1 proxy"],
    ["x-forwarded-for", "203.0.113.7"],
    ["x-forwarded-host", "chat.example.com"],
    ["x-forwarded-proto", "https"],
    ["x-real-ip", "203.0.113.7"],
    ["origin", "null"],
    ["sec-fetch-site", "cross-site"],
    ["sec-fetch-site", "same-site"],
    ["host", "chat.example.com"],
    ["host", ""],
  ])("sends no %s: %s", (name, value) => expect(isLocal(request({ [name]: value }))).toBe(false));

  test.each(["none", "same-origin"])("may be a browser: %s", (site) =>
    expect(isLocal(request({ "sec-fetch-site": site }))).toBe(true),
  );

  test("has a loopback address", () => expect(isLocal(request({}, "192.0.2.7"))).toBe(false));
});

describe("reading without a token", () => {
  test("can be forbidden on this machine: server.local_reads", async () => {
    await using open = await startTestServer();
    await using closed = await startTestServer({ localReads: false });
    const { token } = await closed.server.services.tokens.create("ci", ["read"]);
    const status = async (url: string, headers = {}) => (await fetch(`${url}/api/sessions`, { headers })).status;
    expect([await status(open.http), await status(closed.http)]).toEqual([200, 401]);
    expect(await status(closed.http, { authorization: `Bearer ${token}` })).toBe(200);
    expect(await status(closed.http, { cookie: await closed.signIn() })).toBe(200);
    const document = async (url: string) => JSON.stringify(await (await fetch(`${url}/api/openapi.json`)).json());
    expect(await document(open.http)).toContain('"security":[{"bearer":[]},{"cookie":[]},{}]');
    expect(await document(closed.http)).not.toContain('{"cookie":[]},{}]');
  });
});

describe("an Authorization header of another scheme, as forwarded by a proxy with its own sign-in", () => {
  test("does not lock out an operator", async () => {
    await using running = await startTestServer();
    const cookie = await running.signIn();
    const status = async (headers: Record<string, string>) => (await fetch(`${running.http}/api/sessions`, { headers })).status;
    for (const authorization of ["Basic YWRhOnNlY3JldA==", "Digest username=ada", ""]) {
      expect(await status({ authorization, cookie })).toBe(200);
      expect(await status({ authorization, cookie: "lastbeat_admin=forged" })).toBe(401);
    }
    expect(await status({ authorization: "Bearer lb_x", cookie })).toBe(401);
  });
});

test("an unreadable token file yields 503 and one error in the log", async () => {
  await using running = await startTestServer();
  mkdirSync(join(running.dataFolder, "tokens.json"));
  for (let asked = 0; asked < 3; asked += 1) {
    const response = await fetch(`${running.http}/api/sessions`, { headers: { authorization: "Bearer lb_x" } });
    const { error } = restErrorSchema.parse(await response.json());
    expect([response.status, error]).toEqual([
      503,
      { code: "unavailable", message: "API tokens are disabled: the server cannot read its token file" },
    ]);
  }
  const errors = running.lines.filter((line) => line.startsWith("error"));
  expect(errors).toEqual([expect.stringMatching(/^error API tokens are disabled: .*tokens\.json cannot be read \(EISDIR\)/)]);
});
