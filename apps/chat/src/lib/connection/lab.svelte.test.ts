import { welcomed } from "@lastbeat/web/testing/dialled";
import { FakeSocket } from "@lastbeat/web/testing/fakeSocket";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Lab } from "./lab.svelte.ts";

beforeEach(() => {
  FakeSocket.made = [];
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("the connection lab", () => {
  test("HB5 a muted page hears heartbeats and answers none, until it is told to again", async () => {
    const lab = new Lab();
    const { socket, listener } = await welcomed({ gate: lab });
    const answers = () => socket.sent.filter((text) => text === "PONG" || text === "PING").length;
    lab.mute(true);
    listener.heard.mockClear();
    socket.receives("PING");
    expect([answers(), listener.heard.mock.calls.length]).toEqual([0, 1]);
    lab.mute(false);
    socket.receives("PING");
    expect(answers()).toBe(2);
  });

  test("HB3 a frozen page's replies go out 20 s later, in order; a lost connection drops them", async () => {
    const lab = new Lab();
    const { socket, api } = await welcomed({ gate: lab });
    lab.freeze();
    socket.receives("PING");
    const said = socket.sent.length;
    void api.session.stillHere.mutate().catch(() => {});
    await vi.advanceTimersByTimeAsync(19_999);
    expect(socket.sent).toHaveLength(said);
    await vi.advanceTimersByTimeAsync(1);
    expect(socket.sent.slice(said).filter((text) => text.startsWith("P"))).toEqual(expect.arrayContaining(["PING", "PONG"]));
    expect(socket.calls().at(-1)?.params.path).toBe("session.stillHere");
    lab.freeze();
    socket.receives("PING");
    lab.reset();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(socket.sent.filter((text) => text === "PONG")).toHaveLength(1);
  });
});
