/** Pages send heartbeats by a timer of their own. Browsers slow the timers of hidden pages. */
import { heartbeatBoundMs } from "@lastbeat/core";
import { eventually } from "@lastbeat/support/eventually";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { Browser } from "./harness/browser.ts";
import { ChatPage } from "./harness/chatPage.ts";
import { expectEnd } from "./harness/ends.ts";
import { type Frame, watchSockets } from "./harness/frames.ts";
import { World } from "./harness/world.ts";

const settings = { heartbeatIntervalMs: 2_000, heartbeatPongTimeoutMs: 2_000 };
const questions = (frames: readonly Frame[]) => frames.filter(({ text }) => text === "PING").length;

async function watchedChat(world: World, page: Page, user: string) {
  const watched = watchSockets(page);
  const chat = await ChatPage.enter(page, world.server, user);
  return { watched, chat, live: () => world.server.sessionOf(user) };
}

test("HB10 a page that runs is asked for nothing", async () => {
  await using world = await World.create({ settings });
  const { watched, live } = await watchedChat(world, await world.newPage(), "Dora Drives");
  await eventually(async () => expect((await live()).beats.length).toBeGreaterThanOrEqual(5));
  const { beats, misses } = await live();
  expect([new Set(beats), misses, questions(watched.received)]).toEqual([new Set([-2]), 0, 0]);
  // It asks the server now and then, as it hears nothing else.
  await eventually(() => expect(questions(watched.sent)).toBeGreaterThanOrEqual(1));
});

test("HB10 a hidden page, whose timers a browser slows down, is asked once per interval and never suspected", async () => {
  await using world = await World.create({ settings });
  const page = await world.newPage();
  await page.addInitScript(() => {
    // Once per minute is what browsers do; every 8 s is as late, measured in intervals of these settings.
    const { setTimeout: set } = globalThis;
    globalThis.setTimeout = ((run: () => void, ms = 0) => set(run, ms < 500 ? ms : Math.ceil(ms / 8_000) * 8_000)) as typeof set;
  });
  const { watched, live, chat } = await watchedChat(world, page, "Hilde Hidden");
  await eventually(() => expect(questions(watched.received)).toBeGreaterThanOrEqual(6), { withinMs: 40_000 });
  const { id, state, misses, beats } = await live();
  expect([id, state, misses]).toEqual([chat.sessionId, "active", 0]);
  expect(beats).not.toContain(null);
  // An interval and a quarter of the pong timeout apart.
  const asked = watched.received.filter(({ text }) => text === "PING").map(({ atMs }) => atMs);
  const apartMs = asked.slice(1).map((atMs, at) => atMs - (asked[at] ?? 0));
  expect(Math.min(...apartMs)).toBeGreaterThanOrEqual(2_200);
});

test("HB10 HB5 a page whose process is stopped is found one interval and three pong timeouts after its last beat", async () => {
  await using world = await World.create({ settings });
  await using browser = await Browser.launch();
  const { chat, live } = await watchedChat(world, await browser.newPage(), "Frida Frozen");
  await eventually(async () => expect((await live()).beats.length).toBeGreaterThanOrEqual(2));
  const faultAtMs = Date.now();
  expect(await browser.freezePages()).toBeGreaterThan(0);
  const fault = "SIGSTOP to a page that sends its own heartbeats";
  const { sessionId } = chat;
  const end = await expectEnd(world, { scenario: "page frozen, own beats", sessionId, reason: "unresponsive", faultAtMs, fault });
  expect(end).toMatchObject({ misses: 3, lateCause: null });
  expect(end.detectionMs).toBeGreaterThanOrEqual(4 * 2_000);
  expect(end.detectionMs).toBeLessThanOrEqual(heartbeatBoundMs(world.server.settings));
});
