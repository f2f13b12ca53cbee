import { eventually } from "@lastbeat/support/eventually";
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import { describe, expect, test } from "vitest";
import type { PushEvent } from "../contract/push.ts";
import type { AppRouter } from "../routers/index.ts";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";
import { readConnectionParams } from "./connectionParams.ts";

type Params = Record<string, string | undefined>;

/** The stock client, which says hello by its parameters and keeps what the welcome brings. */
function stockClient(running: TestServer, params: Params) {
  const events: PushEvent[] = [];
  const errors: string[] = [];
  const closes: number[] = [];
  const kept: { resume?: string } = {};
  const ws = createWSClient({
    url: `${running.ws}/trpc`,
    connectionParams: () => ({ ...params, ...kept }),
    retryDelayMs: () => 50,
    onClose: (cause) => {
      closes.push(cause?.code ?? 0);
      if ((cause?.code ?? 0) >= 4500) void ws.close();
    },
  });
  const trpc = createTRPCClient<AppRouter>({ links: [wsLink({ client: ws })] });
  trpc.session.events.subscribe(undefined, {
    onData: (event) => {
      events.push(event);
      if (event.type === "welcome") kept.resume = `${event.sessionId}.${event.resumeToken}`;
    },
    onError: ({ message }) => errors.push(message),
  });
  const welcomes = () => events.filter((event) => event.type === "welcome");
  return { trpc, ws, events, errors, closes, welcomes, [Symbol.asyncDispose]: () => ws.close() };
}

const params = (data: unknown, vouched = false) => readConnectionParams(data, { vouched });
const live = (running: TestServer) => [...running.server.services.keeper.sessions()];

describe("connectionParams over tRPC", () => {
  test("CLT3 are a hello: the first event is the welcome, and calls made at once wait for it", async () => {
    await using running = await startTestServer();
    await using client = stockClient(running, { name: "Ada", room: "general" });
    expect(await client.trpc.chat.join.mutate({ room: "general" })).toMatchObject({ room: "general" });
    await eventually(() => expect(client.events[0]).toMatchObject({ type: "welcome", room: "general", resumed: false }));
    expect(live(running)).toHaveLength(1);
  });

  test("CLT3 come again at every connect, so that a client that was cut resumes and hears events again", async () => {
    await using running = await startTestServer({ settings: { resumeGraceMs: 60_000 } });
    await using client = stockClient(running, { name: "Ada", room: "general" });
    await eventually(() => expect(client.welcomes()).toHaveLength(1));
    const [session] = live(running);
    for (let cut = 2; cut <= 3; cut++) {
      session?.socket?.terminate();
      await eventually(() => expect(client.welcomes()).toHaveLength(cut));
      expect(client.welcomes().at(-1)).toMatchObject({ resumed: true, sessionId: session?.id });
    }
    await client.trpc.chat.send.mutate({ id: crypto.randomUUID(), text: "back" });
    await eventually(() => expect(client.events).toContainEqual(expect.objectContaining({ type: "chat.message" })));
    expect(live(running)).toHaveLength(1);
  });

  test.each([
    ["a wrong token", { name: "Ada", resume: "session_somebody.nonsense" }, 4504, "is not this client's session"],
    ["a resume of the wrong shape", { name: "Ada", resume: "nonsense" }, 4506, "expected <session id>.<token>"],
    ["a name that is empty", { name: "" }, 4506, "name"],
    ["an operator without a sign-in", { name: "Ada", kind: "admin" }, 4504, "sign in first"],
  ])("CLT3 a hello that is refused is told why, and closed: %s", async (_, params, code, words) => {
    await using running = await startTestServer();
    using owner = await TestClient.connect(`${running.ws}/ws/session_somebody`);
    owner.send({ type: "hello", name: "Somebody" });
    await owner.frame("welcome");
    using client = await TestClient.connect(`${running.ws}/trpc?connectionParams=1`);
    client.send({ method: "connectionParams", data: params });
    expect(await client.anyFrame()).toMatchObject({
      id: null,
      error: { message: expect.stringContaining(words), data: { closeCode: code, retry: false } },
    });
    expect((await client.closed).code).toBe(code);
    expect(live(running)).toHaveLength(1);
  });

  test("SOC1 asking for an operator's role in a running session ends it as unauthorized, by the server", async () => {
    await using running = await startTestServer();
    await using client = stockClient(running, { name: "Mallory" });
    await eventually(() => expect(client.welcomes()).toHaveLength(1));
    const [session] = live(running);
    await client.trpc.session.open.mutate({ name: "Mallory", kind: "admin" }).catch(() => {});
    await eventually(() => expect(client.closes).toEqual([4504]));
    const ended = running.store.ledger.entry(session?.id ?? "")?.ended;
    expect(ended).toMatchObject({ reason: "unauthorized", initiator: "server", detail: expect.stringContaining("sign in") });
  });

  test("CLT3 fields that do not belong to a hello are the application's own", () => {
    expect(params({ name: "Ada", ticket: "secret" })).toMatchObject({ others: { ticket: "secret" } });
    expect(params({ name: "Ada", token: "secret" })).toMatchObject({ hello: { token: "secret" }, others: null });
    expect(params({ token: "secret", room: "x" })).toEqual({
      ok: true,
      hello: null,
      others: { token: "secret", room: "x" },
    });
    expect(params(null)).toEqual({ ok: true, hello: null, others: null });
    expect(params({ name: "Ada", token: 7 })).toMatchObject({ ok: false });
    expect(params([])).toMatchObject({ ok: false });
    expect(params({ name: "Ada", resume: "session_abcdef.token" })).toMatchObject({
      hello: { name: "Ada", kind: "user", resume: { sessionId: "session_abcdef", token: "token" } },
    });
  });

  test("CLT3 WHO2 a token without a name is a hello where it says who the user is, and nowhere else", () => {
    const given = { token: "secret", room: "x", ticket: "own" };
    expect(params(given, true)).toMatchObject({
      hello: { name: "anonymous", token: "secret", room: "x" },
      others: { ticket: "own" },
    });
    expect(params({ name: "Ada", token: "secret" }, true)).toMatchObject({ hello: { name: "Ada", token: "secret" } });
    expect(params({ room: "x" }, true)).toMatchObject({ hello: null, others: { room: "x" } });
    expect(params({ token: "" }, true)).toMatchObject({ ok: false });
    expect(params(given, false)).toMatchObject({ hello: null, others: given });
  });

  test("the message for a thousand invalid parameters is no longer than for one", () => {
    const wrong = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`p${at}`, at]));
    for (const given of [wrong, { name: "Ada", ...wrong }]) {
      const read = params(given);
      const detail = read.ok ? "" : read.detail;
      expect(detail).toContain("p0: expected a string, got a number");
      expect(detail).toContain("; and 997 more");
      expect(detail.length).toBeLessThan(400);
    }
  });

  test("CLT3 that are no hello leave the session to session.open", async () => {
    await using running = await startTestServer();
    await using client = stockClient(running, { token: "of an application" });
    await eventually(() => expect(client.errors).toEqual([expect.stringContaining("say hello first")]));
    await client.trpc.session.open.mutate({ name: "Ada" });
    expect(live(running)).toHaveLength(1);
  });
});
