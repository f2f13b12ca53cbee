/** The server itself stands still for 10 s. None of its clients did anything wrong, so none may be ended for it. */

import { heartbeatBoundMs } from "@lastbeat/core";
import { eventually } from "@lastbeat/support/eventually";
import { expect, test } from "vitest";
import { PlainClients } from "./harness/plainClients.ts";
import { leftovers } from "./harness/run.ts";
import { recordScenario } from "./harness/scenarios.ts";
import type { Server } from "./harness/server.ts";
import { World } from "./harness/world.ts";

const STOPPED_MS = 10_000;
/**
 * A server that ends whoever was silent for an interval and a pong timeout (8 s) would end everybody after 10 s, and one whose
 * timers fire before it reads would blame each client with a beat outstanding. The clients' own watchdogs wait 16 s.
 */
const settings = { heartbeatIntervalMs: 4_000, heartbeatPongTimeoutMs: 4_000, heartbeatMaxFailures: 3 };

const names = (kind: string) => Array.from({ length: 10 }, (_, index) => `${kind} ${index + 1}`);

/** Holds the clients back until some beats to them are under way, stops the server, and lets the clients go on. */
async function stopServerWithBeatsOutstanding(server: Server, clients: PlainClients): Promise<void> {
  const sent = () => clients.sessionIds.reduce((sum, id) => sum + server.logLines(`Heartbeat sent to ${id}`).length, 0);
  clients.signal("SIGSTOP");
  const before = sent();
  await eventually(() => expect(sent()).toBeGreaterThan(before + 2), { withinMs: 4_000 });
  server.pause();
  clients.signal("SIGCONT");
}

test("TIM1 TIM2 a server that stood still for 10 s ends nobody and blames nobody", async () => {
  await using world = await World.create({ settings, logLevel: "debug" });
  const { server } = world;
  expect(heartbeatBoundMs(server.settings)).toBeGreaterThan(STOPPED_MS);
  const chat = await world.enter("Paula Patient");
  await using stock = await PlainClients.stock(server, names("Stock"));
  await using json = await PlainClients.json(server, names("Json"));
  const ids = [chat.sessionId, ...stock.sessionIds, ...json.sessionIds].sort();
  const live = async () => (await server.sessions()).filter(({ kind }) => kind === "user");

  await stopServerWithBeatsOutstanding(server, stock);
  // The one wait for a fixed time in the suite: the length of the stop is what is tested.
  await new Promise((resolve) => setTimeout(resolve, STOPPED_MS));
  const resumedAtMs = Date.now();
  server.resume();

  // What was waiting in the sockets is read at once; whatever comes a second later answers a beat sent since.
  await eventually(
    async () => {
      const quiet = (await live()).filter(({ lastSeenAtMs }) => lastSeenAtMs < resumedAtMs + 1_000);
      expect(quiet.map(({ user }) => user)).toEqual([]);
    },
    { withinMs: 10_000, everyMs: 100 },
  );
  const sessions = await live();
  expect(sessions.map(({ id }) => id).sort()).toEqual(ids);
  expect(sessions.filter(({ suspect, misses }) => suspect || misses > 0)).toEqual([]);
  expect((await server.ends()).rows.filter(({ kind }) => kind === "user")).toEqual([]);
  expect(server.logLines("Heartbeat failed")).toEqual([]);
  expect(server.logLines("Server paused for")).toHaveLength(1);
  expect(await chat.state()).toBe("connected");
  recordScenario(leftovers.folder, {
    scenario: `server stood still, ${ids.length} healthy clients`,
    reason: "nobody ended",
    tier: "-",
    measuredMs: null,
    boundMs: null,
    fault: "SIGSTOP to the server for 10 s, beats outstanding, then SIGCONT",
  });
});
