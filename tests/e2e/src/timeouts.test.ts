/** Tiers 3 and 4, and the operator: sessions that end although their client answers. */

import { eventually } from "@lastbeat/support/eventually";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectEnd } from "./harness/ends.ts";
import { World } from "./harness/world.ts";

describe("a session nobody uses", () => {
  let world: World;
  beforeAll(async () => {
    world = await World.create({ settings: { sessionTimeoutMs: 3_000, idleWarningMs: 1_500 } });
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  test("TO2 a user who walks away is asked, and then ends as idle while the page still answers", async () => {
    const chat = await world.enter("Ida Idle");
    await chat.say("back in a minute");
    const faultAtMs = Date.now();
    await chat.page.getByRole("alert").filter({ hasText: "Still there?" }).waitFor();
    const { sessionId } = chat;
    const fault = "nothing done any more, the page left open";
    const end = await expectEnd(world, { scenario: "user walked away", sessionId, reason: "idle", faultAtMs, fault });
    expect(end.misses).toBe(0);
    expect(end.lastSeenAtMs).toBeGreaterThan(end.lastActiveAtMs);
    await chat.shows("ended");
    await chat.page.getByRole("alert").filter({ hasText: "You were away" }).waitFor();
  });
});

describe("a session that the server or its operator ends", () => {
  let world: World;
  beforeAll(async () => {
    world = await World.create();
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  test("the operator ends a session from its page, with a note, and the client stays away", async () => {
    const chat = await world.enter("Olga Operated");
    const { page } = world.admin;
    await world.admin.open("/sessions");
    await page.getByRole("table", { name: "Live sessions" }).getByRole("link", { name: chat.user }).click();
    await page.getByRole("button", { name: "End session…" }).click();
    await page.getByLabel("Note").fill("asked to by the user");
    const faultAtMs = Date.now();
    await page.getByRole("button", { name: "End session", exact: true }).click();
    const { sessionId } = chat;
    const fault = "the operator's page: End session";
    const end = await expectEnd(world, {
      scenario: "ended by operator",
      sessionId,
      reason: "ended_by_operator",
      faultAtMs,
      fault,
    });
    expect(end).toMatchObject({ operator: "operator", note: "asked to by the user", closeCode: 4503 });
    await chat.shows("ended");
    await chat.page.getByRole("alert").filter({ hasText: "An operator ended your session" }).waitFor();
  });

  test("MEM2 a memory limit lowered while the server runs ends sessions, and raised again lets them back in", async () => {
    const { server } = world;
    const chat = await world.enter("Mia Memory");
    const { revision } = await server.api.settings.get.query();
    const faultAtMs = Date.now();
    await server.api.settings.save.mutate({ basedOnRevision: revision, values: { memoryLimitBytes: 32 } });
    const { sessionId } = chat;
    const fault = "memory limit lowered to 32 MiB in the settings";
    const end = await expectEnd(world, { scenario: "memory ran short", sessionId, reason: "memory_pressure", faultAtMs, fault });
    expect(end.eviction).toMatchObject({ level: "hard", limitBytes: 32 * 1024 * 1024, rank: 1, batch: 1 });
    expect(end.memoryLevel).toBe("hard");
    await server.api.settings.save.mutate({ basedOnRevision: revision + 1, values: { memoryLimitBytes: 0 } });
    await chat.shows("connected", 20_000);
    await eventually(async () => expect((await server.sessionOf(chat.user)).id).not.toBe(sessionId));
  });
});
