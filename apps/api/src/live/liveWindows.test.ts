import type { Session } from "@lastbeat/core";
import { eventually } from "@lastbeat/support/eventually";
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { type LiveWindowUpdate, liveWindowInput } from "../contract/liveWindow.ts";
import type { AppRouter } from "../routers/index.ts";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";
import { LiveWindows, MAX_WINDOWS, MAX_WINDOWS_PER_PAGE } from "./liveWindows.ts";
import { type Figures, sampleFigures, sessionOf } from "./testing/fakeSessions.ts";
import { ModelPage } from "./testing/modelPage.ts";

const silent = () => {};
const log = { debug: silent, info: silent, warn: silent, error: (_: string, fields?: unknown) => expect(fields).toBeUndefined() };
const query = liveWindowInput.parse({});

interface Answer {
  readonly sessions: readonly { readonly user: string }[];
  readonly nextCursor: string | null;
}

async function operatorOn(running: TestServer, cookie: string, kind: "user" | "admin" = "admin") {
  class WithCookie extends WebSocket {
    constructor(url: string) {
      super(url, { headers: { cookie } });
    }
  }
  const client = createWSClient({
    url: `${running.ws}/trpc`,
    WebSocket: WithCookie as unknown as typeof globalThis.WebSocket,
    retryDelayMs: () => 60_000,
  });
  onTestFinished(() => void client.close());
  const trpc = createTRPCClient<AppRouter>({ links: [wsLink({ client })] });
  await trpc.session.open.mutate({ name: "operator", kind });
  return trpc;
}

async function person(running: TestServer, name: string): Promise<TestClient> {
  const client = await TestClient.connect(`${running.ws}/ws/new`);
  onTestFinished(() => client[Symbol.dispose]());
  client.send({ type: "hello", name, room: "general" });
  await client.frame("welcome");
  return client;
}

describe("OPS2 the live table over a WebSocket", () => {
  test("OPS2 a window follows who comes and goes, holds still when asked to, and scrolls", async () => {
    await using running = await startTestServer({ settings: { maxSessions: 100 } });
    const trpc = await operatorOn(running, await running.signIn());
    const ada = await person(running, "Ada");
    await person(running, "Bob");
    const page = new ModelPage();
    const input = { sort: "user", kind: "user" } as const;
    const subscription = trpc.sessions.window.subscribe(input, { onData: (update) => page.take(update) });
    const names = () => page.ids.map((id) => page.rows.get(id ?? "")?.user);
    await eventually(() => expect(names()).toEqual(["Ada", "Bob"]));
    await person(running, "Abe");
    await eventually(() => expect(names()).toEqual(["Abe", "Ada", "Bob"]));

    const window = page.last?.window ?? 0;
    await trpc.sessions.look.mutate({ ...input, window, ask: 1, hold: 1 });
    ada.socket.close();
    await person(running, "Aaron");
    await eventually(() => expect(page.last).toMatchObject({ ask: 1, changes: 2, total: 3, ended: [page.ids[1]] }));
    expect(names()).toEqual(["Abe", "Ada", "Bob"]);

    await trpc.sessions.look.mutate({ ...input, window, ask: 2, order: "desc", offset: 1, size: 1 });
    await eventually(() => expect(page.last).toMatchObject({ ask: 2, changes: 0, total: 3, offset: 1 }));
    expect(names()).toEqual(["Abe"]);
    const elsewhere = await operatorOn(running, await running.signIn());
    await expect(elsewhere.sessions.look.mutate({ ...input, window, ask: 3 })).rejects.toMatchObject({
      data: { code: "NOT_FOUND" },
    });
    subscription.unsubscribe();
    await eventually(() =>
      expect(trpc.sessions.look.mutate({ ...input, window, ask: 4 })).rejects.toMatchObject({ data: { code: "NOT_FOUND" } }),
    );
  });

  test("OPS1 OPS2 it ends with the sign-in, and needs one", async () => {
    await using running = await startTestServer();
    const cookie = await running.signIn();
    const trpc = await operatorOn(running, cookie, "user");
    const outcome = Promise.withResolvers<string>();
    let updates = 0;
    trpc.sessions.window.subscribe(
      {},
      {
        onData: () => {
          updates += 1;
        },
        onError: ({ message }) => outcome.resolve(message),
      },
    );
    await eventually(() => expect(updates).toBeGreaterThan(0));
    await fetch(`${running.http}/admin/sign-out`, { method: "POST", headers: { cookie } });
    expect(await outcome.promise).toContain("the sign-in has ended");
    const stranger = await fetch(`${running.http}/trpc/sessions.window`);
    expect(await stranger.text()).toContain("UNAUTHORIZED");
  });

  test("OPS2 over plain HTTP it is refused with words", async () => {
    await using running = await startTestServer();
    const headers = { cookie: await running.signIn() };
    const response = await fetch(`${running.http}/trpc/sessions.window?input={}`, { headers });
    expect(await response.text()).toContain("sessions.window requires a WebSocket");
  });

  test("OPS2 REST gives the same list in pages", async () => {
    await using running = await startTestServer({ settings: { maxSessions: 100 } });
    for (const name of ["Cleo", "Ada", "Bob"]) await person(running, name);
    const get = async (params: string) => (await fetch(`${running.http}/api/sessions?${params}`)).json() as Promise<Answer>;
    const first = await get("sort=user&order=desc&limit=2");
    expect(first.sessions.map(({ user }) => user)).toEqual(["Cleo", "Bob"]);
    const second = await get(`sort=user&order=desc&limit=2&cursor=${first.nextCursor}`);
    expect(second).toMatchObject({ total: 3, nextCursor: null, sessions: [{ user: "Ada" }] });
    expect(await get(`sort=user&cursor=${first.nextCursor}`)).toMatchObject({ error: { code: "bad_request" } });
  });
});

describe("OPS2 what live tables may cost", () => {
  function many(count: number) {
    const all = Array.from({ length: count }, (_, at): Figures => ({ ...sampleFigures(at), user: `user ${at}` }));
    const sessions: Session[] = all.map(sessionOf);
    const windows = new LiveWindows({ keeper: { sessions: () => sessions }, log });
    onTestFinished(() => windows.close());
    return { all, windows };
  }

  test("OPS2 the windows of a page and of the server are counted, and closing makes room", () => {
    const { windows } = many(1);
    const pages = Array.from({ length: MAX_WINDOWS / MAX_WINDOWS_PER_PAGE }, () => ({ bufferedBytes: 0 }));
    const ids = pages.flatMap((page) => Array.from({ length: MAX_WINDOWS_PER_PAGE }, () => windows.open(page, query, () => {})));
    const open = (page = { bufferedBytes: 0 }) => windows.open(page, query, () => {});
    expect(() => open(pages[0])).toThrow("too many live tables: a page may have 4");
    expect(() => open()).toThrow("too many live tables: the server may have 64");
    windows.closeWindow(ids[0] ?? 0);
    expect(() => open()).not.toThrow();
  });

  test("OPS2 a page that reads nothing is sent nothing, and everything once it reads again", async () => {
    const { windows } = many(10);
    const page = { bufferedBytes: 1_000_000 };
    const updates: LiveWindowUpdate[] = [];
    windows.open(page, query, (update) => updates.push(update));
    const other: LiveWindowUpdate[] = [];
    windows.open({ bufferedBytes: 0 }, query, (update) => other.push(update));
    await eventually(() => expect(other).toHaveLength(1));
    expect(updates).toEqual([]);
    page.bufferedBytes = 0;
    await eventually(() => expect(updates[0]?.ids).toHaveLength(10));
  });

  test("OPS2 asked without end, it answers with what was asked last, and in between no more often than it may", async () => {
    const { windows } = many(5_000);
    const page = { bufferedBytes: 0 };
    const updates: LiveWindowUpdate[] = [];
    const id = windows.open(page, query, (update) => updates.push(update));
    await eventually(() => expect(updates).toHaveLength(1));
    const beganMs = performance.now();
    for (let ask = 1; ask <= 400; ask += 1) {
      windows.look(page, id, { query: { ...query, offset: ask * 10 }, ask });
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await eventually(() => expect(updates.at(-1)).toMatchObject({ ask: 400, offset: 4_000 }));
    expect(updates.length).toBeLessThanOrEqual(2 + (performance.now() - beganMs) / 50);
  });
});
