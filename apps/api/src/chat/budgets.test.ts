/** Limits of the chat, against a whole server over both protocols. */

import { defaultSettings, type Settings } from "@lastbeat/core";
import { eventually } from "@lastbeat/support/eventually";
import { describe, expect, test } from "vitest";
import { stockClient } from "../testing/stockClient.ts";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";
import { Budgets } from "./budgets.ts";

const slow: Partial<Settings> = { chatMessageRate: 1, chatMessageBurst: 3, maxSessions: 100 };
const message = (text = "hello") => ({ type: "chat.send", id: crypto.randomUUID(), text });

async function join(running: TestServer, fields: object = {}): Promise<TestClient> {
  const client = await TestClient.connect(`${running.ws}/ws/new`);
  client.send({ type: "hello", name: "Ada", room: "one", ...fields });
  await client.frame("welcome");
  return client;
}

/** The answers to these frames, each with a `ref`. */
async function answers(client: TestClient, frames: readonly object[]) {
  const base = client.frames.length * 1_000;
  for (const [at, frame] of frames.entries()) client.send({ ...frame, ref: base + at });
  const refs = frames.map((_, at) => base + at);
  return eventually(() => {
    const got = refs.map((ref) => client.frames.find((frame) => frame.ref === ref));
    if (got.includes(undefined)) throw new Error("not all are answered");
    return got.map((frame) => frame?.code ?? "ok");
  });
}

describe("WHO5 what a user may send", () => {
  test("WHO5 is refused beyond the burst, with the time to try again, and is not stored", async () => {
    await using running = await startTestServer({ settings: slow });
    using client = await join(running);
    expect(
      await answers(
        client,
        Array.from({ length: 50 }, () => message()),
      ),
    ).toEqual([...Array.from({ length: 3 }, () => "ok"), ...Array.from({ length: 47 }, () => "rate_limited")]);
    const { retryAfterMs } = client.frames.find(({ code }) => code === "rate_limited") ?? {};
    expect(retryAfterMs).toBeGreaterThan(50_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
    expect(await running.store.messages.history("one", 100)).toHaveLength(3);
    await using stock = stockClient(running);
    await stock.trpc.session.open.mutate({ name: "Bob", room: "one" });
    const send = () => stock.trpc.chat.send.mutate({ id: crypto.randomUUID(), text: "hi" });
    for (let i = 0; i < 3; i++) await send();
    await expect(send()).rejects.toMatchObject({
      data: { code: "TOO_MANY_REQUESTS", retryAfterMs: expect.any(Number) },
    });
  });

  test("WHO5 counts by user: for all sessions together, and for who comes back", async () => {
    await using running = await startTestServer({ settings: slow });
    using first = await join(running, { browser: "ada's" });
    using second = await join(running, { browser: "ada's" });
    using other = await join(running, { browser: "bob's" });
    expect(await answers(first, [message(), message()])).toEqual(["ok", "ok"]);
    expect(await answers(second, [message(), message()])).toEqual(["ok", "rate_limited"]);
    first.send({ type: "goodbye" });
    await first.closed;
    using again = await join(running, { browser: "ada's" });
    expect(await answers(again, [message()])).toEqual(["rate_limited"]);
    expect(await answers(other, [message()])).toEqual(["ok"]);
  });

  test("WHO5 counts the bytes of the text, not its characters", async () => {
    await using running = await startTestServer({ settings: { chatByteRate: 1, chatByteBurst: 16_384 } });
    using client = await join(running);
    expect(await answers(client, [message("x".repeat(4_000)), message("語".repeat(4_000)), message("x".repeat(400))])).toEqual([
      "ok",
      "ok",
      "rate_limited",
    ]);
  });

  test("WHO5 bounds every kind of call, and follows a change of the settings", async () => {
    await using running = await startTestServer({ settings: { chatCallRate: 1, chatCallBurst: 4 } });
    using client = await join(running);
    const calls = [
      { type: "chat.history", room: "one" },
      { type: "chat.join", room: "one" },
      { type: "chat.join", room: "two" },
      message(),
      message(),
      { type: "chat.history", room: "one" },
      { type: "chat.join", room: "three" },
    ];
    expect(await answers(client, calls)).toEqual([
      ...Array.from({ length: 4 }, () => "ok"),
      ...Array.from({ length: 3 }, () => "rate_limited"),
    ]);
    client.frames.length = 0;
    for (const type of ["chat.typing", "chat.members"]) client.send({ type });
    await eventually(() => {
      const refused = client.frames.filter(({ code }) => code === "rate_limited").map(({ request }) => request);
      expect(refused.sort()).toEqual(["chat.members", "chat.typing"]);
    });
    const { keeper } = running.server.services;
    keeper.applySettings({ ...keeper.settings, chatCallRate: 0 }, { revision: 1, author: "test" });
    expect(await answers(client, calls)).not.toContain("rate_limited");
  });
});

test("WHO5 a hundred thousand users who have been quiet again are forgotten", () => {
  let nowMs = 0;
  const budgets = new Budgets({ settings: () => defaultSettings, nowMs: () => nowMs });
  for (let i = 0; i < 100_000; i++) {
    nowMs += 100;
    expect(budgets.message({ sessionId: `session_${i}`, user: "x", userId: `user-${i}` }, 10)).toBeNull();
  }
  expect(budgets.size).toBeLessThan(2_500);
});
