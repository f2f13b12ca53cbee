import { describe, expect, it } from "vitest";
import { createClientConnection } from "./clientConnection.ts";
import type { ConnectionState } from "./connectionState.ts";
import type { ResumeTicket } from "./ports.ts";
import { createFakeClientClock, createFakeDial, endingNotice, heartbeatTerms, welcomeOf } from "./testing.ts";

function setUp({ ticket = null, random = 0.5 }: { ticket?: ResumeTicket | null; random?: number } = {}) {
  const clock = createFakeClientClock();
  const fake = createFakeDial();
  const seen: ConnectionState["name"][] = [];
  const connection = createClientConnection({
    dial: fake.dial,
    clock,
    random: () => random,
    ticket,
    onState: (state) => seen.push(state.name),
  });
  const welcome = (id = "session_1") => fake.last().listener.welcomed(welcomeOf(id));
  return { clock, ...fake, seen, connection, welcome };
}

describe("connection", () => {
  it("HB7 stays connected over many beats, however long", () => {
    const { clock, connection, welcome, last, links, seen } = setUp();
    connection.start();
    welcome();
    for (let beat = 0; beat < 200; beat += 1) {
      clock.advance(heartbeatTerms.intervalMs);
      last().listener.heard();
    }
    expect(connection.state.name).toBe("connected");
    expect(links).toHaveLength(1);
    expect(seen).toEqual(["connecting", "connected"]);
    expect(clock.timers).toBe(1);
  });

  it("HB7 abandons a silent socket at the bound told at welcome, not before, and reconnects", () => {
    const { clock, connection, welcome, last, links, seen } = setUp();
    connection.start();
    welcome();
    clock.advance(heartbeatTerms.boundMs - 1);
    expect(connection.state.name).toBe("checking");
    expect(last().probes).toBe(1);
    clock.advance(1);
    expect(links[0]?.abandoned).toBe(true);
    expect(connection.state).toMatchObject({ name: "waiting", loss: { cause: "silent" } });
    clock.advance(500);
    expect(links).toHaveLength(2);
    welcome("session_2");
    expect(seen).toEqual(["connecting", "connected", "checking", "waiting", "connecting", "connected"]);
  });

  it("HB7 a changed bound applies from the notice that announces it", () => {
    const { clock, connection, welcome, last } = setUp();
    connection.start();
    welcome();
    clock.advance(40_000);
    const heartbeat = { intervalMs: 5_000, pongTimeoutMs: 2_000, maxFailures: 3, boundMs: 12_000 };
    last().listener.heard();
    last().listener.noticed({ type: "terms", heartbeat, idle: { timeoutMs: 1, warningMs: 1 }, settingsRevision: 2 });
    clock.advance(11_999);
    expect(connection.state.name).toBe("checking");
    clock.advance(1);
    expect(connection.state.name).toBe("waiting");
  });

  it("HB7 a page that was frozen itself probes before it judges", () => {
    const { clock, connection, welcome, last, links } = setUp();
    connection.start();
    welcome();
    clock.freeze(600_000);
    expect(connection.state).toMatchObject({ name: "checking", why: "pause" });
    expect(last().probes).toBe(1);
    last().listener.heard();
    expect(connection.state.name).toBe("connected");
    expect(links).toHaveLength(1);
  });

  it("CLT4 an offline event whose probe is answered changes nothing; unanswered, it is given up after the pong timeout", () => {
    const { clock, connection, welcome, last, links } = setUp();
    connection.start();
    welcome();
    clock.advance(1_000);
    connection.hint(false);
    expect(connection.state.name).toBe("checking");
    clock.advance(19_999);
    last().listener.heard();
    expect(connection.state.name).toBe("connected");
    connection.hint(false);
    clock.advance(20_000);
    expect(connection.state).toMatchObject({ name: "waiting", loss: { cause: "silent" } });
    expect(links[0]?.abandoned).toBe(true);
  });

  it("CLT4 backs off further with each failure, with full jitter", () => {
    const { clock, connection, last } = setUp({ random: 0.5 });
    connection.start();
    const delays: number[] = [];
    for (let attempt = 0; attempt < 7; attempt += 1) {
      last().listener.closed(1006, "");
      if (connection.state.name !== "waiting") throw new Error(connection.state.name);
      const delayMs = connection.state.retryAtMs - clock.nowMs();
      delays.push(delayMs);
      clock.advance(delayMs);
    }
    expect(delays).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  });

  it("CLT1 a terminal close stops for good: no timer is left, and late reports of the link are dropped", () => {
    const { clock, connection, welcome, last, links } = setUp();
    connection.start();
    welcome();
    const { listener } = last();
    listener.closed(4503, "ended_by_operator");
    listener.heard();
    listener.closed(1006, "");
    clock.advance(3_600_000);
    expect(connection.state).toEqual({ name: "ended", loss: { cause: "closed", code: 4503, reason: "ended_by_operator" } });
    expect(connection.ticket).toBeNull();
    expect(links).toHaveLength(1);
    expect(clock.timers).toBe(0);
  });

  it("CLT2 reconnects after the delay given in the ending notice", () => {
    const { clock, connection, welcome, last, links } = setUp({ random: 0 });
    connection.start();
    welcome();
    last().listener.noticed(endingNotice({ retryAfterMs: 6_000 }));
    last().listener.closed(1012, "server_shutdown retry_after_ms=2000");
    clock.advance(5_999);
    expect(links).toHaveLength(1);
    clock.advance(1);
    expect(links).toHaveLength(2);
  });

  it("SES5 resumes with the ticket of the last welcome, and opens a new session when it is refused", () => {
    const { clock, connection, welcome, last, links } = setUp({ random: 0, ticket: { sessionId: "old", token: "t" } });
    connection.start();
    expect(last().ticket).toEqual({ sessionId: "old", token: "t" });
    last().listener.closed(4504, "unauthorized");
    expect(last().ticket).toBeNull();
    welcome("session_2");
    expect(connection.ticket).toEqual({ sessionId: "session_2", token: "token-of-session_2" });
    last().listener.closed(1006, "");
    clock.advance(0);
    expect(last().ticket).toEqual({ sessionId: "session_2", token: "token-of-session_2" });
    expect(links).toHaveLength(3);
  });

  it("SES3 reports from an abandoned link do not affect its successor", () => {
    const { clock, connection, welcome, links, last } = setUp({ random: 0 });
    connection.start();
    clock.advance(15_000);
    clock.advance(0);
    expect(links).toHaveLength(2);
    links[0]?.listener.welcomed(welcomeOf("late"));
    links[0]?.listener.closed(4501, "idle");
    expect(connection.state.name).toBe("connecting");
    expect(connection.ticket).toBeNull();
    welcome("session_2");
    expect(last().ticket).toBeNull();
    expect(connection.state.name).toBe("connected");
  });

  it("CLT1 leaves: abandons the link, keeps no timer and no ticket", () => {
    const { clock, connection, welcome, links } = setUp();
    connection.start();
    welcome();
    connection.leave();
    expect(links[0]?.abandoned).toBe(true);
    expect(connection.state).toEqual({ name: "ended", loss: { cause: "left" } });
    expect(connection.ticket).toBeNull();
    expect(clock.timers).toBe(0);
  });
});

describe("a hidden page whose timers run once per minute", () => {
  const MINUTE_MS = 60_000;

  it("HB7 gives up a dead connection within two minutes of the bound, and reconnects", () => {
    const { clock, connection, welcome, links } = setUp();
    connection.start();
    welcome();
    clock.throttle(heartbeatTerms.boundMs, MINUTE_MS);
    clock.throttle(2 * MINUTE_MS, MINUTE_MS);
    expect(links[0]?.abandoned).toBe(true);
    clock.throttle(MINUTE_MS, MINUTE_MS);
    expect(links).toHaveLength(2);
  });

  it("HB7 keeps a connection that receives frames, for an hour", () => {
    const { clock, connection, welcome, last, links } = setUp();
    connection.start();
    welcome();
    // A frame per half minute arrives on time; only timers are late.
    for (let half = 0; half < 120; half += 1) {
      clock.throttle(MINUTE_MS / 2, half % 2 === 0 ? MINUTE_MS / 2 : MINUTE_MS);
      last().listener.heard();
    }
    expect([connection.state.name, links.length]).toEqual(["connected", 1]);
  });

  it("HB7 gives up an unanswered hello and retries", () => {
    const { clock, connection, links } = setUp();
    connection.start();
    clock.throttle(5 * MINUTE_MS, MINUTE_MS);
    expect(links.length).toBeGreaterThanOrEqual(2);
    expect(links[0]?.abandoned).toBe(true);
    // Each attempt takes a minute to be noticed, one for pending input to be read, and one until the next attempt.
    clock.throttle(30 * MINUTE_MS, MINUTE_MS);
    expect(links.length).toBeGreaterThanOrEqual(10);
  });

  it("CLT4 retries when a retry is overdue", () => {
    const { clock, connection, last, links } = setUp();
    connection.start();
    last().listener.closed(1006, "");
    expect(connection.state.name).toBe("waiting");
    clock.throttle(MINUTE_MS, MINUTE_MS);
    expect(links).toHaveLength(2);
  });

  it("CLT4 handles an overdue deadline at the browser's next hint, without waiting for a timer", () => {
    const { clock, connection, last, links } = setUp();
    connection.start();
    last().listener.closed(1013, "server_full retry_after_ms=8000");
    clock.sleep(10_000);
    // The server gave the delay, so a hint does not shorten it; but the delay has passed.
    connection.hint(true);
    expect(links).toHaveLength(2);
    expect(clock.timers).toBe(1);
  });

  it("HB7 a page that wakes with everything overdue reads pending input before it gives up", () => {
    const { clock, connection, welcome, last, links } = setUp();
    connection.start();
    welcome();
    clock.sleep(600_000);
    connection.hint(true);
    expect(connection.state).toMatchObject({ name: "checking", overdue: true });
    clock.advance(1_000);
    last().listener.heard();
    clock.advance(60_000);
    expect(links).toHaveLength(1);
  });
});
