/** A whole server with a proxy in front, as far as the server can see it: the headers that the proxy adds. */
import { describe, expect, test } from "vitest";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";

const trusting = { LASTBEAT_SERVER_TRUSTED_PROXIES: "loopback" };
const via = (address: string, more: Record<string, string> = {}) => ({ "x-forwarded-for": address, ...more });

async function join(running: TestServer, headers: Record<string, string>): Promise<string> {
  const client = await TestClient.connect(`${running.ws}/ws/new`, headers);
  client.send({ type: "hello", name: "Ada" });
  return String((await client.frame("welcome")).sessionId);
}

/** Those of the live sessions, as a program on this machine reads them. */
async function addressesOf({ http }: TestServer): Promise<string[]> {
  const { sessions } = (await (await fetch(`${http}/api/sessions`)).json()) as { sessions: { address: string }[] };
  return sessions.map(({ address }) => address).sort();
}

describe("behind a trusted proxy", () => {
  test("SES1 each client has its own address, in the list of sessions and for the limits per address", async () => {
    await using running = await startTestServer({ env: trusting, settings: { maxConnectionsPerAddress: 1 } });
    await join(running, via("203.0.113.7"));
    await join(running, via("192.0.2.9, 203.0.113.8"));
    await join(running, { forwarded: 'for="[2001:db8::7]:9"' });
    expect(await addressesOf(running)).toEqual(["2001:db8::7", "203.0.113.7", "203.0.113.8"]);
    using again = await TestClient.connect(`${running.ws}/ws/new`, via("203.0.113.7"));
    expect((await again.closed).code).toBe(1013);
    using neighbour = await TestClient.connect(`${running.ws}/ws/new`, via("2001:db8::8"));
    expect((await neighbour.closed).code).toBe(1013);
  });

  test("a page at the proxy's address may connect and change things, whatever Host the proxy forwards", async () => {
    await using running = await startTestServer({ env: trusting });
    const origin = "https://chat.example.com";
    const headers = via("203.0.113.7", { "x-forwarded-host": "chat.example.com", "x-forwarded-proto": "https", origin });
    using client = await TestClient.connect(`${running.ws}/trpc`, headers);
    expect(client.socket.readyState).toBe(client.socket.OPEN);
    const status = async (given: Record<string, string>) =>
      (await fetch(`${running.http}/admin/sign-out`, { method: "POST", headers: given })).status;
    expect(await status(headers)).toBe(204);
    expect(await status({ ...headers, origin: "https://elsewhere.example" })).toBe(403);
    expect(await status({ ...headers, origin: "http://chat.example.com" })).toBe(403);
  });

  test("REST requires a token, and the log shows the client's address", async () => {
    await using running = await startTestServer({ env: trusting });
    const status = async (headers: Record<string, string>) => (await fetch(`${running.http}/api/sessions`, { headers })).status;
    expect(await status(via("203.0.113.7"))).toBe(401);
    expect(await status(via("127.0.0.1"))).toBe(401);
    expect(await status({ "x-forwarded-port": "443" })).toBe(401);
    expect(await status({})).toBe(200);
  });
});

describe("behind a proxy that is not trusted", () => {
  test("the headers are ignored", async () => {
    await using running = await startTestServer();
    const lies = via("203.0.113.7", { "x-forwarded-host": "chat.example.com", "x-forwarded-proto": "https" });
    await join(running, lies);
    expect(await addressesOf(running)).toEqual(["127.0.0.1"]);
    const headers = { ...lies, origin: "https://chat.example.com" };
    expect((await fetch(`${running.http}/admin/sign-out`, { method: "POST", headers })).status).toBe(403);
    expect(running.lines).toContain("warn Proxy headers from 127.0.0.1 are ignored: it is not in server.trusted_proxies");
  });
});
