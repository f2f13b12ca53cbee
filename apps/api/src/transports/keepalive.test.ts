/** The ping that keeps a quiet connection open, on real sockets. */
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "@lastbeat/support/eventually";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { startTestServer } from "../testing/testServer.ts";

const quiet = { heartbeatIntervalMs: 3_600_000, heartbeatPongTimeoutMs: 3_600_000, keepaliveMs: 1_000, tickMs: 50 };

/** A proxy that cuts a connection on which the server sent nothing for `silentMs`, as nginx does after 60 s. */
async function impatientProxy(port: number, silentMs: number) {
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    const drop = () => {
      client.destroy();
      upstream.destroy();
    };
    client.pipe(upstream).pipe(client);
    upstream.on("data", () => upstream.setTimeout(silentMs));
    upstream.on("timeout", drop);
    for (const end of [client, upstream]) end.on("error", drop).on("close", drop);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port: proxyPort } = server.address() as { port: number };
  return { port: proxyPort, [Symbol.dispose]: () => void server.close() };
}

test.each([
  [1_000, "open"],
  [0, "cut"],
] as const)(
  "SOC4 behind a proxy that cuts what is silent, a keepalive of %d ms leaves the connection %s",
  async (keepaliveMs, fate) => {
    await using running = await startTestServer({ settings: { ...quiet, keepaliveMs } });
    using proxy = await impatientProxy(running.server.port, 4_000);
    const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}/ws/new`);
    const closed = new Promise<"cut">((resolve) => socket.on("close", () => resolve("cut")));
    socket.on("open", () => socket.send(JSON.stringify({ type: "hello", name: "Ada" })));
    const waited = new AbortController();
    // Twice the proxy's patience is proof enough; a cut comes by itself.
    const survived = sleep(8_000, "open" as const, { signal: waited.signal }).catch(() => "cut" as const);
    expect(await Promise.race([closed, survived])).toBe(fate);
    waited.abort();
    socket.terminate();
  },
  20_000,
);

describe.each(["/ws/new", "/trpc"])("on %s", (path) => {
  const hello =
    path === "/trpc"
      ? { id: 1, method: "mutation", params: { path: "session.open", input: { name: "Ada" } } }
      : { type: "hello", name: "Ada" };

  test("SOC4 a silent connection is pinged, and the answer says nothing of the client", async () => {
    await using running = await startTestServer({ settings: quiet });
    const socket = new WebSocket(`${running.ws}${path}`);
    const pings: string[] = [];
    socket.on("ping", (data) => pings.push(data.toString()));
    socket.on("open", () => socket.send(JSON.stringify(hello)));
    await eventually(() => expect(pings.length).toBeGreaterThanOrEqual(2), { withinMs: 8_000 });
    const [session] = running.server.services.keeper.sessions();
    expect(session?.snapshot()).toMatchObject({ state: "active", beats: [] });
    expect(pings.every((payload) => payload === "keep open")).toBe(true);
    socket.terminate();
  });
});
