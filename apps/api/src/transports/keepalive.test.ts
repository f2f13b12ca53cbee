/** The ping that keeps a quiet connection open, on real sockets. */
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { eventually, startTestServer } from "../testing/testServer.ts";

const quiet = { heartbeatIntervalMs: 3_600_000, heartbeatPongTimeoutMs: 3_600_000, keepaliveMs: 1_000, tickMs: 50 };

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
    await eventually(() => expect(pings.length).toBeGreaterThanOrEqual(2), 8_000);
    const [session] = running.server.services.keeper.sessions();
    expect(session?.snapshot()).toMatchObject({ state: "active", beats: [] });
    expect(pings.every((payload) => payload === "keep open")).toBe(true);
    socket.terminate();
  });
});
