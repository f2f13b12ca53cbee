/** An operator changes a setting on the admin's page while people chat. */
import type { PushEvent } from "@lastbeat/api";
import { heartbeatBoundMs } from "@lastbeat/core";
import { eventually } from "@lastbeat/support/eventually";
import { expect, test } from "vitest";
import { ChatPage } from "./harness/chatPage.ts";
import { type Frame, watchSockets } from "./harness/frames.ts";
import { ALLOWANCE_MS } from "./harness/scenarios.ts";
import { World } from "./harness/world.ts";

type Terms = Extract<PushEvent, { type: "terms" }>;

/** The notices of new terms among the frames of tRPC's subscription. */
function termsIn(frames: readonly Frame[]): { readonly atMs: number; readonly terms: Terms }[] {
  return frames.flatMap(({ atMs, text }) => {
    if (!text.startsWith("{")) return [];
    const { result } = JSON.parse(text) as { readonly result?: { readonly data?: PushEvent } };
    return result?.data?.type === "terms" ? [{ atMs, terms: result.data }] : [];
  });
}

test("HB6 SET3 a new heartbeat interval reaches a running chat within one tick, without a reconnect, and is recorded", async () => {
  await using world = await World.create({ settings: { heartbeatIntervalMs: 20_000, heartbeatPongTimeoutMs: 800 } });
  const { server, admin } = world;
  const page = await world.newPage();
  const watched = watchSockets(page);
  const chat = await ChatPage.enter(page, server, "Lena Live");

  await admin.open("/settings");
  await admin.page.getByLabel("Heartbeat interval").fill("1");
  await admin.page.getByRole("button", { name: "Save for all sessions" }).click();
  await admin.page.getByText("Revision 1 is in force.").waitFor();

  const [revision] = await server.api.settings.revisions.query({ limit: 10 });
  expect(revision).toMatchObject({
    revision: 1,
    author: "operator",
    before: { heartbeatIntervalMs: 20_000 },
    after: { heartbeatIntervalMs: 1_000 },
  });
  await admin.page.getByRole("listitem").filter({ hasText: "Revision 1" }).filter({ hasText: "Heartbeat interval" }).waitFor();

  const [notice, ...others] = await eventually(() => {
    const found = termsIn(watched.received);
    expect(found).not.toEqual([]);
    return found;
  });
  expect(others).toEqual([]);
  const boundMs = heartbeatBoundMs({ ...server.settings, heartbeatIntervalMs: 1_000 });
  expect(notice?.terms).toMatchObject({ settingsRevision: 1, heartbeat: { intervalMs: 1_000, boundMs } });
  const tookMs = (notice?.atMs ?? 0) - (revision?.atMs ?? 0);
  expect(tookMs).toBeLessThanOrEqual(server.settings.tickMs + ALLOWANCE_MS);

  const savedAtMs = revision?.atMs ?? 0;
  // The page sends its own beats, and asks for an answer with some.
  const isBeat = ({ text }: Frame) => text === "PONG" || text === "PING";
  const beats = () => watched.sent.filter((frame) => isBeat(frame) && frame.atMs > savedAtMs).map(({ atMs }) => atMs);
  await eventually(() => expect(beats().length).toBeGreaterThanOrEqual(3), { withinMs: 4_000 + ALLOWANCE_MS });
  expect((beats()[0] ?? 0) - savedAtMs).toBeLessThanOrEqual(1_000 + 2 * server.settings.tickMs + ALLOWANCE_MS);
  expect(watched.opened()).toBe(1);
  expect((await server.sessionOf(chat.user)).id).toBe(chat.sessionId);
  await page.getByRole("button", { name: /^Connection/ }).click();
  await page.getByText("every 1 s").waitFor();
});
