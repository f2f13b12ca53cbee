import type { Connection } from "@lastbeat/core";
import { expect, test } from "vitest";
import { startTestServer } from "../testing/testServer.ts";
import type { ServerSocket } from "./serverSocket.ts";
import { trpcLinks } from "./trpcSocket.ts";

/** A link whose socket sends nothing; `looks` counts how often the keeper was asked to look at what waits. */
function linkOf(services: Parameters<typeof trpcLinks>[0]) {
  const socket = { OPEN: 1, readyState: 1, waitingBytes: 0, sendFrame: () => {}, pong: () => {} } as unknown as ServerSocket;
  const counted = { looks: 0 };
  const sent = () => {
    counted.looks += 1;
  };
  const link = trpcLinks(services)(socket, null);
  link.connection = { session: {}, received: () => true, sent } as unknown as Connection;
  return { link, counted };
}

const subscribe = { id: 1, method: "subscription", params: { path: "session.events" } };

test.each([
  ["PING", ["PING"]],
  ["a subscription and its end", [JSON.stringify(subscribe), JSON.stringify({ id: 1, method: "subscription.stop" })]],
  ["a frame that is no JSON", ["{"]],
])("SOC3 the answer to %s counts for how much waits, for a client may ask as often as it likes", async (_, frames) => {
  await using running = await startTestServer();
  const { link, counted } = linkOf(running.server.services);
  for (const frame of frames) link.frame(Buffer.from(frame), false);
  expect(counted.looks).toBe(frames.length);
});
