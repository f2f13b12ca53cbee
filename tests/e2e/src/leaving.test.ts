/** Tier 1: people who go, and whose browser or kernel still says so. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Browser } from "./harness/browser.ts";
import { expectEnd } from "./harness/ends.ts";
import { noNginx } from "./harness/nginx.ts";
import { behindNginx, type ProxyOptions } from "./harness/server.ts";
import { World } from "./harness/world.ts";

/** Through nginx once more, where there is one; it is nginx then that has to pass on at once that somebody has gone. */
const ways: readonly (readonly [string, ProxyOptions | null])[] = [
  ["", behindNginx ? {} : null],
  ...(noNginx() === null && !behindNginx ? ([[", through nginx", {}]] as const) : []),
];

describe.each(ways)("a page of the chat%s", (where, proxy) => {
  let world: World;
  beforeAll(async () => {
    world = await World.create({ proxy });
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  test("SOC1 a reload ends the page's session, and the page comes back with another", async () => {
    const chat = await world.enter("Rosa Reload");
    const faultAtMs = Date.now();
    await chat.page.reload();
    const { sessionId } = chat;
    await expectEnd(world, { scenario: `page reloaded${where}`, sessionId, reason: "client_left", faultAtMs, fault: "reload" });
    await chat.shows("connected");
    expect((await world.server.sessionOf(chat.user)).id).not.toBe(sessionId);
  });

  test("SOC1 closing the tab ends the session", async () => {
    const chat = await world.enter("Tom Tab");
    const faultAtMs = Date.now();
    await chat.page.close();
    const { sessionId } = chat;
    await expectEnd(world, { scenario: `tab closed${where}`, sessionId, reason: "client_left", faultAtMs, fault: "tab closed" });
  });

  test("SOC1 killing the browser ends the session as a connection that was lost", async () => {
    await using browser = await Browser.launch();
    const chat = await world.enter("Kim Kill", browser);
    const faultAtMs = Date.now();
    browser.kill();
    const { sessionId } = chat;
    const fault = "SIGKILL to all of the browser's processes";
    await expectEnd(world, { scenario: `browser killed${where}`, sessionId, reason: "connection_lost", faultAtMs, fault });
  });
});
