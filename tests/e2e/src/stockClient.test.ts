/** Nothing but `@trpc/client` is needed to be a client: see `clients/stockClients.ts`. */

import { eventually } from "@lastbeat/support/eventually";
import { expect, test } from "vitest";
import { expectEnd } from "./harness/ends.ts";
import { PlainClients } from "./harness/plainClients.ts";
import { World } from "./harness/world.ts";

const BEATS = 12;

test("HB1 a script with nothing but the stock client stays alive over many beats and ends as client_left", async () => {
  await using world = await World.create({ settings: { heartbeatIntervalMs: 300, heartbeatPongTimeoutMs: 300 } });
  await using clients = await PlainClients.stock(world.server, ["Steve Stock"]);
  const [sessionId = ""] = clients.sessionIds;
  await eventually(
    async () => {
      const { id, beats } = await world.server.sessionOf("Steve Stock");
      expect(id).toBe(sessionId);
      expect(beats.length).toBeGreaterThanOrEqual(BEATS);
      expect(beats.every((roundTripMs) => roundTripMs !== null && roundTripMs >= 0)).toBe(true);
    },
    { withinMs: 10_000 },
  );
  const faultAtMs = Date.now();
  await clients.leave();
  const scenario = "stock tRPC client left";
  const end = await expectEnd(world, { scenario, sessionId, reason: "client_left", faultAtMs, fault: "wsClient.close()" });
  expect(end.misses).toBe(0);
});
