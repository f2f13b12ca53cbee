import { randomUUID } from "node:crypto";
import { eventually } from "@lastbeat/support/eventually";
import { TRPCClientError } from "@trpc/client";
import { describe, expect, test } from "vitest";
import type { PushEvent } from "../contract/push.ts";
import type { OverviewUpdate } from "../contract/replies.ts";
import { stockClient } from "../testing/stockClient.ts";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";

function listen(client: ReturnType<typeof stockClient>): PushEvent[] {
  const events: PushEvent[] = [];
  client.trpc.session.events.subscribe(undefined, { onData: (event) => events.push(event), onError: () => {} });
  return events;
}

const live = (running: TestServer) => [...running.server.services.keeper.sessions()];

describe("the tRPC socket", () => {
  test("HB1 a stock client opens a session, answers many beats and ends as client_left", async () => {
    const settings = { heartbeatIntervalMs: 200, heartbeatPongTimeoutMs: 100, tickMs: 10 };
    await using running = await startTestServer({ settings });
    const client = stockClient(running);
    const welcome = await client.trpc.session.open.mutate({ name: "Ada" });
    expect(welcome).toMatchObject({ room: null, resumed: false, heartbeat: { intervalMs: 200 } });
    await eventually(() => {
      const beats = live(running)[0]?.snapshot().beats ?? [];
      expect(beats.length).toBeGreaterThan(5);
      expect(beats.every((beat) => beat !== null)).toBe(true);
    });
    await client.ws.close();
    await eventually(() =>
      expect(running.store.ledger.entry(welcome.sessionId)?.ended).toMatchObject({ reason: "client_left", misses: 0 }),
    );
  });

  test("HB8 PING is answered with PONG", async () => {
    await using running = await startTestServer();
    using client = new TestClient(`${running.ws}/trpc`);
    const texts: string[] = [];
    client.socket.removeAllListeners("message").on("message", (data) => texts.push(String(data)));
    client.socket.on("open", () => client.socket.send("PING"));
    await eventually(() => expect(texts).toEqual(["PONG"]));
  });

  test("chat reaches the room through session.events", async () => {
    await using running = await startTestServer();
    await using ada = stockClient(running);
    await using bob = stockClient(running);
    await ada.trpc.session.open.mutate({ name: "Ada", room: "general" });
    const events = listen(bob);
    await bob.trpc.session.open.mutate({ name: "Bob" });
    const joined = await bob.trpc.chat.join.mutate({ room: "general" });
    expect(joined.members.map(({ user }) => user)).toEqual(["Ada", "Bob"]);
    await using eve = stockClient(running);
    await eve.trpc.session.open.mutate({ name: "Eve", room: "general" });
    const sent = await ada.trpc.chat.send.mutate({ id: randomUUID(), text: "hello" });
    await ada.trpc.chat.typing.mutate();
    await eventually(() => {
      expect(events).toContainEqual({ type: "chat.message", message: sent });
      expect(events).toContainEqual(expect.objectContaining({ type: "chat.typing", user: "Ada" }));
      expect(events).toContainEqual(
        expect.objectContaining({ type: "chat.members.changed", room: "general", since: joined.version }),
      );
    });
    await bob.trpc.chat.members.mutate();
    await eventually(() => expect(events).toContainEqual(expect.objectContaining({ type: "chat.members", total: 3 })));
    expect(await bob.trpc.chat.history.query({ room: "general" })).toEqual([sent]);
  });

  test("SOC1 in the lab a client has its connection dropped as by a broken network; without the lab nobody has", async () => {
    await using running = await startTestServer({ env: { LASTBEAT_LAB: "true" } });
    await using client = stockClient(running);
    const { sessionId, lab } = await client.trpc.session.open.mutate({ name: "Ada" });
    expect(lab).toBe(true);
    void client.trpc.lab.drop.mutate().catch(() => {});
    const ended = await eventually(() => {
      const row = running.store.ledger.entry(sessionId)?.ended;
      if (row === null || row === undefined) throw new Error("not ended");
      return row;
    });
    expect(ended).toMatchObject({ reason: "connection_lost", tier: "socket" });

    await using plain = await startTestServer();
    await using other = stockClient(plain);
    expect(await other.trpc.session.open.mutate({ name: "Ada" })).toMatchObject({ lab: false });
    await expect(other.trpc.lab.drop.mutate()).rejects.toThrow("the lab is disabled");
    expect([...plain.server.services.keeper.sessions()]).toHaveLength(1);
  });

  test("notices of before the subscription are kept for it", async () => {
    const settings = { sessionTimeoutMs: 1_000, idleWarningMs: 900, tickMs: 10 };
    await using running = await startTestServer({ settings });
    await using client = stockClient(running);
    const { sessionId } = await client.trpc.session.open.mutate({ name: "Ada" });
    await eventually(() => expect(running.store.ledger.events().map(({ event }) => event.type)).toContain("idle_warned"));
    const events = listen(client);
    await eventually(() => expect(events[0]).toMatchObject({ type: "idle_warning" }));
    await client.trpc.session.stillHere.mutate();
    await eventually(() => expect(events[1]).toMatchObject({ type: "idle_cleared" }));
    expect(running.server.services.keeper.session(sessionId)?.state).toBe("active");
  });

  test("TO2 a session without activity ends as idle, with the reason and a code that means do not reconnect", async () => {
    const settings = { sessionTimeoutMs: 600, idleWarningMs: 100, sweepIntervalMs: 100, tickMs: 10 };
    await using running = await startTestServer({ settings });
    await using client = stockClient(running);
    const events = listen(client);
    await client.trpc.session.open.mutate({ name: "Ada" });
    await eventually(() => expect(client.closes).toEqual([4501]));
    expect(events.at(-1)).toMatchObject({ type: "ending", reason: "idle", code: 4501, retry: false });
  });

  test("SES4 before its hello a connection may call nothing else", async () => {
    await using running = await startTestServer();
    await using client = stockClient(running);
    const error = await client.trpc.chat.join.mutate({ room: "general" }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TRPCClientError);
    expect(error).toMatchObject({ data: { code: "PRECONDITION_FAILED" } });
  });

  test("SES4 a hello of the wrong shape is told what is wrong, then closed with 4506", async () => {
    await using running = await startTestServer();
    await using client = stockClient(running);
    const hello = { name: "" } as { name: string };
    await expect(client.trpc.session.open.mutate(hello)).rejects.toThrow(/name/);
    await eventually(() => expect(client.closes).toEqual([4506]));
    expect(running.lines.filter((line) => line.includes("bad hello"))).toHaveLength(1);
  });

  test("goodbye ends the session after it was answered", async () => {
    await using running = await startTestServer();
    await using client = stockClient(running);
    const { sessionId } = await client.trpc.session.open.mutate({ name: "Ada" });
    expect(await client.trpc.session.goodbye.mutate()).toEqual({ ok: true });
    await eventually(() => expect(running.store.ledger.entry(sessionId)?.ended).toMatchObject({ reason: "client_left" }));
  });

  test("SOC1 a goodbye in one batch with other calls leaves them their answers", async () => {
    await using running = await startTestServer();
    await using client = stockClient(running);
    await client.trpc.session.open.mutate({ name: "Ada", room: "general" });
    const asked = [
      client.trpc.session.goodbye.mutate(),
      client.trpc.chat.send.mutate({ id: randomUUID(), text: "last words" }),
      client.trpc.chat.history.query({ room: "general" }),
    ];
    expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(asked.map(() => "fulfilled"));
    await eventually(() => expect(client.closes).toEqual([1000]));
  });

  test("calls beyond the limit per client are refused, and the session continues", async () => {
    await using running = await startTestServer();
    await using client = stockClient(running);
    await client.trpc.session.open.mutate({ name: "Ada", room: "general" });
    const calls = Array.from({ length: 64 }, () => client.trpc.chat.typing.mutate());
    expect((await Promise.allSettled(calls)).every(({ status }) => status === "fulfilled")).toBe(true);
    const subscriptions = Array.from({ length: 12 }, () => {
      const { promise, resolve } = Promise.withResolvers<string>();
      client.trpc.system.overviewFeed.subscribe(undefined, {
        onData: () => resolve("data"),
        onError: (error) => resolve(String(error.data?.code)),
      });
      return promise;
    });
    expect(await Promise.all(subscriptions)).toContain("UNAUTHORIZED");
    expect(live(running)).toHaveLength(1);
  });

  test("CLT1 a full server closes with 1013", async () => {
    await using running = await startTestServer({ settings: { maxSessions: 1 } });
    await using first = stockClient(running);
    await using second = stockClient(running);
    await first.trpc.session.open.mutate({ name: "First" });
    await expect(second.trpc.session.open.mutate({ name: "Second" })).rejects.toThrow();
    await eventually(() => expect(second.closes).toEqual([1013]));
  });
});

describe("operators on the tRPC socket", () => {
  test("without the cookie every operator's procedure is refused", async () => {
    await using running = await startTestServer();
    await using client = stockClient(running);
    await client.trpc.session.open.mutate({ name: "Mallory" });
    const { trpc } = client;
    const calls = [
      trpc.sessions.list.query({}),
      trpc.sessions.get.query({ id: "session_x" }),
      trpc.sessions.end.mutate({ id: "session_x" }),
      trpc.ends.list.query({}),
      trpc.ends.stats.query({}),
      trpc.settings.get.query(),
      trpc.settings.save.mutate({ basedOnRevision: 0, values: {} }),
      trpc.settings.revisions.query({}),
      trpc.settings.preview.query({ values: {} }),
      trpc.system.overview.query(),
    ];
    const codes = (await Promise.allSettled(calls)).map((result) => result.status === "rejected" && result.reason.data?.code);
    expect(new Set(codes)).toEqual(new Set(["UNAUTHORIZED"]));
    expect(await trpc.auth.me.query()).toMatchObject({ admin: null });
  });

  test("the role of operator without the cookie is refused with 4504", async () => {
    await using running = await startTestServer();
    await using client = stockClient(running);
    await expect(client.trpc.session.open.mutate({ name: "Mallory", kind: "admin" })).rejects.toThrow(/sign in/);
    await eventually(() => expect(client.closes).toEqual([4504]));
  });

  test("with the cookie an operator watches, ends a session and is not idle", async () => {
    await using running = await startTestServer();
    await using user = stockClient(running);
    await using operator = stockClient(running, await running.signIn());
    const { sessionId } = await user.trpc.session.open.mutate({ name: "Ada", room: "general" });
    const { trpc } = operator;
    const own = await trpc.session.open.mutate({ name: "operator", kind: "admin" });
    const { rows, total } = await trpc.sessions.list.query({ kind: "user" });
    expect(total).toBe(1);
    expect(rows[0]).toMatchObject({
      id: sessionId,
      user: "Ada",
      room: "general",
      transport: "trpc",
      resources: ["room general"],
    });
    const detail = await trpc.sessions.get.query({ id: own.sessionId });
    expect(detail.live).toMatchObject({ kind: "admin", busy: ["operator watching"] });
    expect(detail.deadlines.map(({ kind }) => kind)).toContain("heartbeat");

    const ended = await trpc.sessions.end.mutate({ id: sessionId, note: "spam" });
    expect(ended).toMatchObject({ sessionId, reason: "ended_by_operator", operator: "operator", note: "spam", user: "Ada" });
    await eventually(() => expect(user.closes).toEqual([4503]));
    await expect(trpc.sessions.end.mutate({ id: sessionId })).rejects.toMatchObject({ data: { code: "NOT_FOUND" } });
    expect((await trpc.sessions.get.query({ id: sessionId })).end).toMatchObject({ reason: "ended_by_operator" });
  });

  test("the overview feed comes at once and again, with the newest ends", async () => {
    await using running = await startTestServer();
    await using operator = stockClient(running, await running.signIn());
    await operator.trpc.session.open.mutate({ name: "operator", kind: "admin" });
    const beats: OverviewUpdate[] = [];
    const subscription = operator.trpc.system.overviewFeed.subscribe(undefined, { onData: (beat) => beats.push(beat) });
    await eventually(() => expect(beats.length).toBeGreaterThan(1));
    expect(beats[0]).toMatchObject({
      lastEnds: [],
      overview: { live: 1, suspect: 0, memory: { level: "ok" }, ledger: { accepting: true } },
    });
    subscription.unsubscribe();
    expect(await operator.trpc.auth.me.query()).toMatchObject({ admin: "operator" });
  });

  test("SET3 saved settings reach running sessions without a reconnect; a stale save is refused with what is in force", async () => {
    await using running = await startTestServer();
    await using operator = stockClient(running, await running.signIn());
    const events = listen(operator);
    await operator.trpc.session.open.mutate({ name: "operator", kind: "admin" });
    const { settings } = operator.trpc;
    const before = await settings.get.query();
    expect(before).toMatchObject({ revision: 0, heartbeatBoundMs: 90_100 });
    const saved = await settings.save.mutate({ basedOnRevision: 0, values: { heartbeatIntervalMs: 40 } });
    expect(saved).toMatchObject({ revision: 1, heartbeatBoundMs: 100_100 });
    expect(saved.settings.find(({ key }) => key === "heartbeatIntervalMs")).toMatchObject({ value: 40, source: "operator" });
    await eventually(() => expect(events).toContainEqual(expect.objectContaining({ type: "terms", settingsRevision: 1 })));

    await expect(settings.save.mutate({ basedOnRevision: 0, values: { heartbeatIntervalMs: 50 } })).rejects.toMatchObject({
      data: { code: "CONFLICT", current: { revision: 1 } },
    });
    await expect(settings.save.mutate({ basedOnRevision: 1, values: { heartbeatIntervalMs: -1 } })).rejects.toMatchObject({
      data: { code: "BAD_REQUEST", problems: [{ key: "heartbeatIntervalMs", message: expect.stringContaining("expected") }] },
    });
    const [revision] = await settings.revisions.query({});
    expect(revision).toMatchObject({
      author: "operator",
      before: { heartbeatIntervalMs: 30_000 },
      after: { heartbeatIntervalMs: 40_000 },
    });
  });
});
