/** A server that stood still has many pings waiting for it, and nobody but itself to blame. */

import { eventually } from "@lastbeat/support/eventually";
import { startScratchServer } from "@lastbeat/support/scratchServer";
import { expect, test } from "vitest";
import { TestClient } from "../testing/testServer.ts";

const PINGS = 500;

test("SOC1 pings that piled up while the server stood still are all answered, and the session goes on", async () => {
  await using server = await startScratchServer();
  using client = await TestClient.connect(`${server.ws}/ws/new`);
  client.send({ type: "hello", name: "Ada", room: "general" });
  const { sessionId } = await client.frame("welcome");
  let pongs = 0;
  client.socket.on("pong", () => pongs++);
  process.kill(server.pid, "SIGSTOP");
  try {
    for (let at = 0; at < PINGS; at++) client.socket.ping(String(at));
  } finally {
    process.kill(server.pid, "SIGCONT");
  }
  await eventually(() => expect(pongs).toBe(PINGS));
  client.send({ type: "chat.history", room: "general", ref: 1 });
  await client.frame("chat.history");
  const { sessions } = (await (await fetch(`${server.http}/api/sessions`)).json()) as { readonly sessions: unknown[] };
  expect(sessions).toEqual([expect.objectContaining({ id: sessionId, state: "active" })]);
});
