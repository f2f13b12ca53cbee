import type { ConnectionState } from "@lastbeat/core/client";
import { describe, expect, test, vi } from "vitest";
import { render } from "vitest-browser-svelte";
import ConnectionCorner from "./ConnectionCorner.svelte";

const terms = { intervalMs: 30_000, pongTimeoutMs: 20_000, maxFailures: 3, boundMs: 90_100 };
const attached = { attempt: 0, sinceMs: 0, heardAtMs: performance.now(), terms, drives: false, advice: null };

function session(state: ConnectionState) {
  return {
    state,
    beats: { beats: [12, null, 14], measuringSinceMs: null },
    sessionId: "session_1",
    heartbeat: terms,
    idle: { timeoutMs: 180_000, warningMs: 30_000 },
    start: vi.fn(),
  };
}

describe("ConnectionCorner", () => {
  test("connected: says so, with the strip and the last round trip", async () => {
    const screen = await render(ConnectionCorner, { session: session({ name: "connected", ...attached }) });
    await expect.element(screen.getByRole("button", { name: /^Connection: Connected/ })).toBeVisible();
    await expect.element(screen.getByText("14 ms", { exact: true })).toBeVisible();
    await screen.getByRole("button", { name: /^Connection: Connected/ }).click();
    await expect.element(screen.getByRole("img", { name: "3 heartbeats, last round trip 14 ms, 1 missed" })).toBeInTheDocument();
  });

  test("its terms stand behind a click", async () => {
    const screen = await render(ConnectionCorner, { session: session({ name: "connected", ...attached }) });
    await screen.getByRole("button").click();
    await expect.element(screen.getByText("every 30 s")).toBeVisible();
    await expect.element(screen.getByText("detected within 1 min 31 s")).toBeVisible();
    await expect.element(screen.getByText("session_1")).toBeVisible();
  });

  test("CLT4 waiting: counts down, and connects now when asked to", async () => {
    const waiting = session({
      name: "waiting",
      attempt: 1,
      sinceMs: performance.now(),
      retryAtMs: performance.now() + 60_000,
      advised: false,
      loss: { cause: "closed", code: 1006, reason: null },
      lastTry: null,
      wasConnected: true,
    });
    const screen = await render(ConnectionCorner, { session: waiting });
    const words = screen.getByText(/^Reconnecting in (1 min|5\d s)$/);
    await expect.element(words).toBeVisible();
    const first = words.element().textContent;
    await expect.poll(() => words.element().textContent, { timeout: 5_000 }).not.toBe(first);
    await screen.getByRole("button", { name: "Now" }).click();
    expect(waiting.start).toHaveBeenCalledOnce();
  });

  test("CLT2 waiting: a restart stays one, whatever the last try met", async () => {
    const restarting = session({
      name: "waiting",
      attempt: 3,
      sinceMs: 0,
      retryAtMs: performance.now() + 60_000,
      advised: false,
      wasConnected: true,
      loss: { cause: "closed", code: 1012, reason: "server_shutdown" },
      lastTry: { cause: "no_answer" },
    });
    const screen = await render(ConnectionCorner, { session: restarting });
    await screen.getByRole("button", { name: /^Connection: Reconnecting/ }).click();
    await expect.element(screen.getByText("The server is restarting. Last attempt: no answer from the server.")).toBeVisible();
  });

  test("HB7 checking: says how long nothing was heard and when it gives up", async () => {
    const now = performance.now();
    const screen = await render(ConnectionCorner, {
      session: session({ name: "checking", why: "silence", giveUpAtMs: now + 38_500, ...attached, heardAtMs: now - 51_500 }),
    });
    await screen.getByRole("button", { name: /^Connection: Checking/ }).click();
    await expect.element(screen.getByText(/Nothing heard for 5[23] s; giving up in 3[89] s\./)).toBeVisible();
  });

  test("CLT1 ended: says why", async () => {
    const loss = { cause: "closed", code: 4503, reason: "ended_by_operator" } as const;
    const screen = await render(ConnectionCorner, { session: session({ name: "ended", loss }) });
    await screen.getByRole("button", { name: "Connection: Ended" }).click();
    await expect.element(screen.getByText("An operator ended your session.")).toBeVisible();
  });
});
