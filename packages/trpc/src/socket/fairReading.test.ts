import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { RawClient, startKept } from "../testing/servers.ts";
import { SocketLink } from "./socketLink.ts";

const FLOOD = 20_000;

test("SOC7 a WebSocket of the application's own server hands on one frame per turn of a flood", async () => {
  await using server = await startKept();
  using client = await RawClient.connect(server.url);
  const handed = vi.spyOn(SocketLink.prototype, "frame");
  for (let sent = 0; sent < FLOOD; sent += 1) client.send("PING");
  let most = 0;
  for (let before = 0; before < FLOOD; before = handed.mock.calls.length) {
    await nextTurn();
    most = Math.max(most, handed.mock.calls.length - before);
  }
  handed.mockRestore();
  expect(most).toBeLessThan(500);
});
