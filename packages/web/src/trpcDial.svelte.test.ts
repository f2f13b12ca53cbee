import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { dial, opened, welcomed } from "./testing/dialled.ts";
import { FakeSocket } from "./testing/fakeSocket.ts";

/** By then the stock client has finished reacting to a close. */
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
  test("subscribes and sends the hello in one frame, with the ticket if there is one", async () => {
    const { socket } = await opened({ ticket: { sessionId: "session_0", token: "old" } });
    expect(socket.sent).toHaveLength(1);
    expect(socket.calls().map(({ params }) => [params.path, params.input])).toEqual([
      ["session.events", undefined],
      [
        "session.open",
        { name: "Ana", room: "general", browser: "b", beats: "client", resume: { sessionId: "session_0", token: "old" } },
      ],
    ]);
  });

  test("WHO3 each hello brings a token that is asked for then", async () => {
    const { socket } = await opened({ token: async () => "fresh" });
    expect(socket.calls()[1]?.params.input).toMatchObject({ name: "Ana", token: "fresh" });
  });

  test("WHO3 a connection whose token cannot be had is reported as lost, once, and says no hello", async () => {
    const asked = Promise.withResolvers<string>();
    const { listener, seen } = dial({ token: () => asked.promise });
    await vi.waitFor(() => expect(FakeSocket.made).toHaveLength(1));
    const [socket] = FakeSocket.made;
    socket?.opens();
    asked.reject(new Error("signed out"));
    await afterItsRetry();
    expect(listener.closed.mock.calls).toEqual([[1006, ""]]);
    expect(seen.lost).toHaveBeenCalledOnce();
    expect(socket?.readyState).not.toBe(FakeSocket.OPEN);
    expect(socket?.sent.join()).not.toContain("session.open");
    expect(FakeSocket.made).toHaveLength(1);
  });

  test("WHO3 a token that cannot be had after the connection was given up is nobody's concern", async () => {
    const asked = Promise.withResolvers<string>();
    const { link, listener } = dial({ token: () => asked.promise });
    link.abandon();
    asked.reject(new Error("signed out"));
    await afterItsRetry();
    expect(listener.closed).not.toHaveBeenCalled();
  });

  test("NAM2 a hello that is refused is reported in the server's words", async () => {
    const { socket, seen } = await opened();
    const [, open] = socket.calls();
    const message = "somebody in this room has a name that looks like yours; choose another name";
    socket.receives({ id: open?.id, error: { message, code: -32001, data: { code: "UNAUTHORIZED", closeCode: 4504 } } });
    await vi.waitFor(() => expect(seen.refused.mock.calls).toEqual([[message]]));
  });

  test("CLT1 a hello that is cut off was refused by nobody", async () => {
    const { socket, seen } = await opened();
    socket.closes(1006);
    await afterItsRetry();
    expect(seen.refused).not.toHaveBeenCalled();
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

  test("HB10 a beat of the page's own is sent, measured if it asks, and reported like any frame that is sent", async () => {
    const { link, socket, listener, seen } = await welcomed();
    listener.sent.mockClear();
    link.beat?.(false);
    link.beat?.(true);
    expect(socket.sent.slice(1)).toEqual(["PONG", "PING"]);
    expect(seen.beat.mock.calls).toEqual([["PING"]]);
    expect(listener.sent).toHaveBeenCalledTimes(2);
  });

  test("HB10 behind a closed gate the page sends no beat of its own", async () => {
    const { link, socket } = await welcomed({ gate: { muted: true, hold: () => false } });
    link.beat?.(true);
    expect(socket.sent).toHaveLength(1);
  });

  test("reports events, and forwards those that concern the connection", async () => {
    const { socket, listener, seen } = await welcomed();
    const ending = { type: "ending", reason: "idle", code: 4501, retry: false, retryAfterMs: 0, detail: "" };
    const [events] = socket.calls();
    socket.receives({ id: events?.id, result: { type: "started" } });
    socket.receives({ id: events?.id, result: { type: "data", data: { type: "idle_warning", endsInMs: 5_000 } } });
    socket.receives({ id: events?.id, result: { type: "data", data: ending } });
    expect(seen.pushed.mock.calls.map(([event]) => event.type)).toEqual(["idle_warning", "ending"]);
    expect(listener.noticed.mock.calls).toEqual([[ending]]);
  });

  test("HB5 behind a closed gate the page receives heartbeats but answers none", async () => {
    const { socket, listener } = await welcomed({ gate: { muted: true, hold: () => false } });
    listener.heard.mockClear();
    socket.receives("PING");
    expect(socket.sent.filter((text) => text === "PONG" || text === "PING")).toEqual([]);
    expect(listener.heard).toHaveBeenCalledOnce();
  });

  test("CLT1 a close is reported with its code and reason, and the stock client opens no further socket", async () => {
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

  test("HB7 an abandoned connection fails its calls at once, reports nothing more and is not reopened", async () => {
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

  test("HB7 a connection abandoned before it opens is closed as soon as its socket exists", async () => {
    const { link } = dial();
    link.abandon();
    await afterItsRetry();
    for (const socket of FakeSocket.made) expect(socket.readyState).toBe(FakeSocket.CLOSING);
  });
});
