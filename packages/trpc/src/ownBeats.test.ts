/** Clients that send heartbeats by a timer of their own, through `helloFromParams`. */
import { expect, test, vi } from "vitest";
import { RawClient, startKept } from "./testing/servers.ts";

const settings = { heartbeatIntervalMs: 1_000, heartbeatPongTimeoutMs: 1_000 };
const within = { timeout: 10_000, interval: 20 };

test.each([
  ["client", 0],
  ["server", 1],
  ["whoever", 1],
])("HB10 with beats=%s in connectionParams, %d question or more goes to a client that beats", async (beats, questions) => {
  await using server = await startKept(settings);
  using client = await RawClient.connect(`${server.url}/?connectionParams=1`);
  client.send({ method: "connectionParams", data: { name: "Ada", beats } });
  await vi.waitFor(() => expect(server.keeper.stats().active).toBe(1), within);
  const [session] = server.keeper.sessions();
  const timer = setInterval(() => client.send("PONG"), 100);
  await vi.waitFor(() => expect(session?.snapshot().beats.length).toBeGreaterThanOrEqual(2), within);
  clearInterval(timer);
  const asked = client.frames.filter((frame) => frame === "PING").length;
  expect(asked).toBeGreaterThanOrEqual(questions);
  if (questions === 0) expect([asked, session?.snapshot().beats.every((beat) => beat === -2)]).toEqual([0, true]);
});
