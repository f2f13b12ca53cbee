import type { LinkListener, ResumeTicket } from "@lastbeat/core/client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeSocket } from "../testing/fakeSocket.ts";
import { Lab } from "./lab.svelte.ts";
import { type Api, trpcDial } from "./trpcDial.ts";

const reply = { sessionId: "session_1", resumeToken: "token", resumed: false, room: "general" };

function dial(ticket: ResumeTicket | null = null) {
  const listener = { heard: vi.fn(), welcomed: vi.fn(), noticed: vi.fn(), closed: vi.fn() } satisfies LinkListener;
  const seen = { welcomed: vi.fn<(api: Api) => void>(), pushed: vi.fn(), beat: vi.fn(), lost: vi.fn() };
  const gate = new Lab();
  const link = trpcDial({ gate, url: "ws://test/trpc", hello: { name: "Ana", room: "general", browser: "b" }, ...seen })(
    ticket,
    listener,
  );
  return { link, listener, seen, gate };
}

async function opened(ticket: ResumeTicket | null = null) {
  const made = dial(ticket);
  await vi.waitFor(() => expect(FakeSocket.made).toHaveLength(1));
  const [socket] = FakeSocket.made;
  if (socket === undefined) throw new Error("no socket");
  socket.opens();
  await vi.waitFor(() => expect(socket.calls()).toHaveLength(2));
  return { ...made, socket };
}

async function welcomed() {
  const made = await opened();
  made.socket.answers("session.open", reply);
  await vi.waitFor(() => expect(made.seen.welcomed).toHaveBeenCalledOnce());
  const api = made.seen.welcomed.mock.calls[0]?.[0];
  if (api === undefined) throw new Error("no api");
  return { ...made, api };
}

/** Whatever the stock client meant to do about a close, it has done by then. */
const afterItsRetry = () => vi.advanceTimersByTimeAsync(120_000);

beforeEach(() => {
  FakeSocket.made = [];
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("trpcDial", () => {
  test("subscribes and says hello in one frame, with the ticket when there is one", async () => {
    const { socket } = await opened({ sessionId: "session_0", token: "old" });
    expect(socket.sent).toHaveLength(1);
    expect(socket.calls().map(({ params }) => [params.path, params.input])).toEqual([
      ["session.events", undefined],
      ["session.open", { name: "Ana", room: "general", browser: "b", resume: { sessionId: "session_0", token: "old" } }],
    ]);
  });

  test("HB1 the stock client answers a heartbeat by itself, and the page measures a round trip beside it", async () => {
    const { socket, listener, seen } = await welcomed();
    listener.heard.mockClear();
    socket.receives("PING");
    expect(socket.sent.slice(1).sort()).toEqual(["PING", "PONG"]);
    socket.receives("PONG");
    expect(seen.beat.mock.calls).toEqual([["PING"], ["PONG"]]);
    expect(listener.heard).toHaveBeenCalledTimes(2);
  });

  test("tells of events, and passes on what concerns the connection", async () => {
    const { socket, listener, seen } = await welcomed();
    const ending = { type: "ending", reason: "idle", code: 4501, retry: false, retryAfterMs: 0, detail: "" };
    const [events] = socket.calls();
    socket.receives({ id: events?.id, result: { type: "started" } });
    socket.receives({ id: events?.id, result: { type: "data", data: { type: "idle_warning", endsInMs: 5_000 } } });
    socket.receives({ id: events?.id, result: { type: "data", data: ending } });
    expect(seen.pushed.mock.calls.map(([event]) => event.type)).toEqual(["idle_warning", "ending"]);
    expect(listener.noticed.mock.calls).toEqual([[ending]]);
  });

  test("HB5 in the lab, a muted page hears heartbeats and answers none, until it is told to again", async () => {
    const { socket, listener, gate } = await welcomed();
    const answers = () => socket.sent.filter((text) => text === "PONG" || text === "PING").length;
    gate.mute(true);
    listener.heard.mockClear();
    socket.receives("PING");
    expect([answers(), listener.heard.mock.calls.length]).toEqual([0, 1]);
    gate.mute(false);
    socket.receives("PING");
    expect(answers()).toBe(2);
  });

  test("HB3 in the lab, a frozen page's replies go out 20 s later, in order; a lost connection drops them", async () => {
    const { socket, gate, api } = await welcomed();
    gate.freeze();
    socket.receives("PING");
    const said = socket.sent.length;
    void api.session.stillHere.mutate().catch(() => {});
    await vi.advanceTimersByTimeAsync(19_999);
    expect(socket.sent).toHaveLength(said);
    await vi.advanceTimersByTimeAsync(1);
    expect(socket.sent.slice(said).filter((text) => text.startsWith("P"))).toEqual(expect.arrayContaining(["PING", "PONG"]));
    expect(socket.calls().at(-1)?.params.path).toBe("session.stillHere");
    gate.freeze();
    socket.receives("PING");
    gate.reset();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(socket.sent.filter((text) => text === "PONG")).toHaveLength(1);
  });

  test("CLT1 a close is reported with its code and reason, and the stock client opens no socket of its own", async () => {
    const { socket, listener, seen, api } = await welcomed();
    const call = api.session.stillHere.mutate();
    await vi.waitFor(() => expect(socket.calls()).toHaveLength(3));
    socket.closes(1012, "server_shutdown retry_after_ms=300");
    await expect(call).rejects.toThrow();
    await afterItsRetry();
    expect(listener.closed.mock.calls).toEqual([[1012, "server_shutdown retry_after_ms=300"]]);
    expect(seen.lost).toHaveBeenCalledOnce();
    expect(FakeSocket.made).toHaveLength(1);
  });

  test("CLT1 a connection that never opens is reported once", async () => {
    const { listener } = dial();
    await vi.waitFor(() => expect(FakeSocket.made).toHaveLength(1));
    FakeSocket.made[0]?.fails();
    await afterItsRetry();
    expect(listener.closed.mock.calls).toEqual([[1006, ""]]);
    expect(listener.welcomed).not.toHaveBeenCalled();
    expect(FakeSocket.made).toHaveLength(1);
  });

  test("HB7 an abandoned connection fails its calls at once, says nothing more and is not opened again", async () => {
    const { link, socket, listener, seen, api } = await welcomed();
    const call = api.session.stillHere.mutate();
    await vi.waitFor(() => expect(socket.calls()).toHaveLength(3));
    link.abandon();
    await expect(call).rejects.toThrow();
    socket.receives("PING");
    socket.closes(1006);
    await afterItsRetry();
    expect(socket.readyState).not.toBe(FakeSocket.OPEN);
    expect(listener.closed).not.toHaveBeenCalled();
    expect(seen.lost).toHaveBeenCalledOnce();
    expect(seen.beat).not.toHaveBeenCalled();
    expect(FakeSocket.made).toHaveLength(1);
  });

  test("HB7 a connection abandoned before it opened closes as soon as it exists", async () => {
    const { link } = dial();
    link.abandon();
    await afterItsRetry();
    for (const socket of FakeSocket.made) expect(socket.readyState).toBe(FakeSocket.CLOSING);
  });
});
