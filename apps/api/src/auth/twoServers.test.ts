/** Two servers on one machine, and one browser that is an operator of both. A browser's cookies know paths, but no ports. */
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { type ScratchServer, startScratchServer } from "@lastbeat/support/scratchServer";
import { describe, expect, test } from "vitest";
import { startTestServer } from "../testing/testServer.ts";

/** What a browser keeps for `localhost`: one cookie of a name, whatever port it came from. */
class CookieJar {
  readonly #cookies = new Map<string, string>();

  async get(url: string, method = "GET"): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { method, redirect: "manual", headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (line.includes("Max-Age=0")) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }

  get names(): string[] {
    return [...this.#cookies.keys()];
  }
}

const linkOf = (server: ScratchServer) => /Admin\s+(\S+)/.exec(server.output())?.[1] ?? "";
const atLocalhost = (server: ScratchServer) => server.http.replace("127.0.0.1", "localhost");

test("signing in on one server signs out of no other on the same machine, nor does signing out", async () => {
  await using one = await startScratchServer();
  await using two = await startScratchServer();
  const jar = new CookieJar();
  const operatorOf = async (server: ScratchServer) => {
    const { result } = (await (await jar.get(`${atLocalhost(server)}/trpc/auth.me`)).json()) as {
      result: { data: { admin: unknown } };
    };
    return result.data.admin;
  };
  for (const server of [one, two]) expect((await jar.get(linkOf(server))).status).toBe(303);
  expect([await operatorOf(one), await operatorOf(two)]).toEqual(["operator", "operator"]);
  const portOf = ({ http }: ScratchServer) => new URL(http).port;
  expect(jar.names).toEqual([`lastbeat_admin_${portOf(one)}`, `lastbeat_admin_${portOf(two)}`]);
  expect((await jar.get(`${atLocalhost(one)}/admin/sign-out`, "POST")).status).toBe(204);
  expect([await operatorOf(one), await operatorOf(two)]).toEqual([null, "operator"]);
});

describe("the port in the cookie's name", () => {
  const cookieFor = async (url: string, host: string, headers: Record<string, string> = {}) => {
    const asked = request(url, { headers: { host, ...headers } });
    asked.end();
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    response.resume();
    return response.headers["set-cookie"]?.[0]
      ?.replace(/=[^;]+/, "=…")
      .replace(/\d{5}/, (digits) => (digits === new URL(url).port ? "own" : digits));
  };

  test("is the one that the browser knows: two containers may both listen on 8000 and be reached at 8001 and 8002", async () => {
    await using running = await startTestServer({ env: { LASTBEAT_SERVER_TRUSTED_PROXIES: "loopback" } });
    const link = () => `${running.http}${running.server.newSignInPath()}`;
    const rest = "Path=/; Max-Age=43200; HttpOnly; SameSite=Lax";
    expect(await cookieFor(link(), "localhost:8001")).toBe(`lastbeat_admin_8001=…; ${rest}`);
    expect(await cookieFor(link(), "chat.example.com")).toBe(`lastbeat_admin_own=…; ${rest}`);
    const viaProxy = {
      "x-forwarded-host": "chat.example.com:8443",
      "x-forwarded-proto": "https",
      "x-forwarded-for": "203.0.113.7",
    };
    expect(await cookieFor(link(), "inside", viaProxy)).toBe(`__Host-lastbeat_admin_8443=…; ${rest}; Secure`);
  });
});
