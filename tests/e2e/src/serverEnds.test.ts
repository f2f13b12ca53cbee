/** The server itself goes: in good order, and without a word. What it held is accounted for when it is back. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { expectEnd } from "./harness/ends.ts";
import { ALLOWANCE_MS } from "./harness/scenarios.ts";
import { World } from "./harness/world.ts";

/** The ledger notes that the server lives with every commit and at least this often. */
const PROOF_OF_LIFE_MS = 1_000;

let world: World;
beforeEach(async () => {
  world = await World.create();
});
afterEach(() => world?.[Symbol.asyncDispose]());

test("SIGTERM ends every session in good order, and the page comes back to the next server", async () => {
  const { server } = world;
  const chat = await world.enter("Sam Shutdown");
  await chat.say("stored before the stop");
  const faultAtMs = Date.now();
  expect(await server.stop()).toEqual({ code: 0, signal: null });
  await chat.shows("waiting");
  await server.startAgain();
  const { sessionId } = chat;
  const fault = "SIGTERM to the server";
  const end = await expectEnd(world, { scenario: "server stopped", sessionId, reason: "server_shutdown", faultAtMs, fault });
  expect(end.closeCode).toBe(1012);
  await chat.shows("connected", 20_000);
  expect((await server.sessionOf(chat.user)).id).not.toBe(sessionId);
  await chat.page.getByText("stored before the stop").waitFor();
});

test("LED3 SIGKILL leaves no ghost: the next start ends the session, with the interval in which it happened", async () => {
  const { server } = world;
  const chat = await world.enter("Carl Crash");
  await chat.say("stored before the crash");
  const faultAtMs = Date.now();
  await server.kill();
  const goneAtMs = Date.now();
  await server.startAgain();
  const { rows } = await server.ends("?reason=server_crashed");
  const readyAtMs = Date.now();
  const { sessionId } = chat;
  expect(rows.map((row) => row.sessionId)).toContain(sessionId);
  // Its own detection time is the length of the interval; what is measured here is how long nobody knew.
  const [fromMs = 0, toMs = 0] = rows.find((row) => row.sessionId === sessionId)?.crashedBetweenMs ?? [];
  expect(fromMs).toBeGreaterThanOrEqual(faultAtMs - PROOF_OF_LIFE_MS - ALLOWANCE_MS);
  expect(fromMs).toBeLessThanOrEqual(goneAtMs);
  expect(toMs).toBeGreaterThanOrEqual(goneAtMs);
  expect(toMs).toBeLessThanOrEqual(readyAtMs);
  const fault = "SIGKILL to the server, then started again";
  await expectEnd(world, {
    scenario: "server killed",
    sessionId,
    reason: "server_crashed",
    faultAtMs,
    fault,
    withinMs: readyAtMs - faultAtMs,
  });
  await chat.shows("connected", 20_000);
  await chat.page.getByText("stored before the crash").waitFor();
});
