/** Tier 2: clients that neither answer nor say that they go. The protocol-level ping tells a frozen page from a network that is gone. */

import { execFileSync } from "node:child_process";
import { heartbeatSoonestMs } from "@lastbeat/core";
import { eventually } from "@lastbeat/support/eventually";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Browser } from "./harness/browser.ts";
import { expectEnd } from "./harness/ends.ts";
import { Cable, noNamespaces } from "./harness/netns.ts";
import { World } from "./harness/world.ts";

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world?.[Symbol.asyncDispose]());

/** What an operator would find with `grep "Heartbeat failed" logs/app.log`. */
function grepMisses(logFile: string, sessionId: string): string[] {
  const lines = execFileSync("grep", ["Heartbeat failed", logFile], { encoding: "utf8" }).split("\n");
  return lines
    .flatMap((line) => /Heartbeat failed for (\S+ \(\d\/\d\))/.exec(line)?.[1] ?? [])
    .filter((miss) => miss.startsWith(sessionId));
}

test("HB5 a page whose process is stopped ends as unresponsive, and the log has its misses", async () => {
  await using browser = await Browser.launch();
  const chat = await world.enter("Fred Frozen", browser);
  const { sessionId } = chat;
  const faultAtMs = Date.now();
  expect(await browser.freezePages()).toBeGreaterThan(0);
  const fault = "SIGSTOP to the processes of the browser's pages";
  const end = await expectEnd(world, { scenario: "page frozen", sessionId, reason: "unresponsive", faultAtMs, fault });
  expect(end.misses).toBe(3);
  expect(end.detectionMs).toBeGreaterThanOrEqual(heartbeatSoonestMs(world.server.settings));
  const misses = [1, 2, 3].map((miss) => `${sessionId} (${miss}/3)`);
  await eventually(() => expect(grepMisses(world.server.logFile, sessionId)).toEqual(misses));
});

test("HB5 a page caught in a busy loop ends as unresponsive", async () => {
  await using browser = await Browser.launch();
  const chat = await world.enter("Luis Loop", browser);
  const { sessionId } = chat;
  const faultAtMs = Date.now();
  await chat.page.evaluate(() => {
    setTimeout(() => {
      for (;;);
    });
  });
  const fault = "an endless loop in the page";
  await expectEnd(world, { scenario: "page busy for ever", sessionId, reason: "unresponsive", faultAtMs, fault });
});

test("HB5 a network that is cut without a word ends the session as unreachable", async () => {
  const obstacle = noNamespaces();
  await (obstacle === null ? cutCable() : goOffline(obstacle));
});

async function cutCable(): Promise<void> {
  using cable = new Cable();
  // Bound to the cable's own address: nobody but the other end can reach it.
  await using far = await World.create({ host: cable.address });
  await using browser = await Browser.launch({ wrap: (chromium) => cable.wrap(chromium) });
  const { sessionId, session } = await far.enter("Nora Network", browser);
  expect(session.address).not.toBe(cable.address);
  const faultAtMs = Date.now();
  cable.cut();
  const fault = "network namespace, its cable cut (ip link set down)";
  await expectEnd(far, { scenario: "network cut", sessionId, reason: "unreachable", faultAtMs, fault });
}

/** Without the right to make network namespaces, the browser's own emulation: its socket stays open and says nothing more. */
async function goOffline(obstacle: string): Promise<void> {
  const { page, sessionId } = await world.enter("Nora Network");
  const faultAtMs = Date.now();
  await page.context().setOffline(true);
  const fault = `the browser's offline emulation (no network namespace: ${obstacle})`;
  await expectEnd(world, { scenario: "network cut", sessionId, reason: "unreachable", faultAtMs, fault });
}
