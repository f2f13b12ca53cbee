import { describe, expect, it } from "vitest";
import { heartbeatBoundMs } from "../settings/bounds.ts";
import { resolveSettings } from "../settings/settings.ts";
import { createTestBench } from "../testing/bench.ts";

const fast = resolveSettings({ heartbeatIntervalMs: 2_000, heartbeatPongTimeoutMs: 1_000 });
const revision = { revision: 1, author: "grace" };

describe("settings that change while sessions run", () => {
  it("HB6 reaches a running session within one tick of the change", async () => {
    const { clock, join, keeper } = createTestBench();
    const { socket } = await join();
    keeper.applySettings(fast, revision);
    clock.advance(2_000);
    expect(socket.count("heartbeat")).toBeGreaterThanOrEqual(1);
    clock.advance(20_000);
    expect(socket.count("heartbeat")).toBeGreaterThanOrEqual(10);
  });

  it("HB6 lets an outstanding beat keep the limit it was sent under", async () => {
    const { waitWhile, clock, join, keeper } = createTestBench();
    const { session, connection, socket } = await join({ mute: true });
    await waitWhile(() => socket.count("heartbeat") === 0);
    keeper.applySettings(fast, revision);
    clock.advance(19_000);
    expect(session.snapshot().misses).toBe(0);
    connection.received(4);
    expect(session.state).toBe("active");
  });

  it("HB6 causes no herd when the interval is shortened", async () => {
    const { clock, join, keeper } = createTestBench({ settings: { maxSessions: 500, heartbeatIntervalMs: 600_000 } });
    const clients = await Promise.all(Array.from({ length: 400 }, () => join()));
    clock.advance(100_000);
    keeper.applySettings({ ...keeper.settings, heartbeatIntervalMs: 20_000 }, revision);
    const perSecond: number[] = [];
    let before = 0;
    for (let second = 0; second < 20; second += 1) {
      clock.advance(1_000);
      const sent = clients.reduce((sum, { socket }) => sum + socket.count("heartbeat"), 0);
      perSecond.push(sent - before);
      before = sent;
    }
    expect(before).toBeGreaterThanOrEqual(400);
    expect(Math.max(...perSecond)).toBeLessThan(60);
  });

  it("HB6 spreads the beats that a shorter interval brings forward over the whole interval", async () => {
    const { clock, join, keeper, recordOf, engine } = createTestBench({
      settings: { maxSessions: 500, heartbeatIntervalMs: 600_000 },
    });
    const clients = await Promise.all(Array.from({ length: 200 }, () => join()));
    keeper.applySettings({ ...keeper.settings, heartbeatIntervalMs: 20_000 }, revision);
    await clock.advanceAsync(100);
    const nowMs = engine.observed.nowMs;
    const quarters = [0, 0, 0, 0];
    for (const { session } of clients) {
      const { state } = recordOf(session);
      if (state.name !== "active") throw new Error("not active");
      const quarter = Math.min(3, Math.max(0, Math.floor((state.dueMs - nowMs) / 5_000)));
      quarters[quarter] = (quarters[quarter] ?? 0) + 1;
    }
    expect(Math.min(...quarters)).toBeGreaterThan(25);
  });

  it("HB6 a shorter interval applies to a session with an outstanding beat as soon as the beat is answered", async () => {
    const { waitWhile, clock, join, keeper } = createTestBench();
    const { connection, socket } = await join({ mute: true });
    await waitWhile(() => socket.count("heartbeat") === 0);
    // The sweep would find it too, but later.
    keeper.applySettings({ ...fast, sweepIntervalMs: 600_000 }, revision);
    clock.advance(5_000);
    connection.received(4);
    clock.advance(2_000);
    expect(socket.count("heartbeat")).toBeGreaterThanOrEqual(2);
  });

  it("HB6 causes no herd when many answers arrive together after the interval was shortened", async () => {
    const { waitWhile, clock, join, keeper } = createTestBench({ settings: { maxSessions: 500 } });
    const clients = await Promise.all(Array.from({ length: 200 }, () => join({ mute: true })));
    const sent = () => clients.reduce((sum, { socket }) => sum + socket.count("heartbeat"), 0);
    await waitWhile(() => sent() < 100);
    keeper.applySettings({ ...fast, maxSessions: 500 }, revision);
    clock.advance(4_000);
    const before = sent();
    for (const { connection } of clients) connection.received(4);
    clock.advance(100);
    expect(sent() - before).toBeLessThan(30);
  });

  it("HB6 the sweep gives a beat sent under the old limit its full time, and every later beat too", async () => {
    const { waitWhile, clock, join, keeper, ledger } = createTestBench({
      settings: { heartbeatIntervalMs: 120_000, heartbeatPongTimeoutMs: 100_000, sessionTimeoutMs: 3_600_000 },
    });
    const { session, socket } = await join({ mute: true });
    await waitWhile(() => socket.count("heartbeat") === 0);
    keeper.applySettings({ ...fast, sessionTimeoutMs: 3_600_000, heartbeatMaxFailures: 20 }, revision);
    await clock.advanceAsync(99_000, 500);
    expect(session.snapshot().misses).toBe(0);
    await clock.advanceAsync(18_000, 500);
    expect(session.snapshot().misses).toBeGreaterThan(15);
    await clock.advanceAsync(2_000);
    expect(ledger.entry(session.id)?.ended).toMatchObject({ reason: "unreachable", misses: 20 });
  });

  it("HB6 a change between two slices of a sweep judges no session by the new limits", async () => {
    const { waitWhile, clock, join, keeper, ledger } = createTestBench({
      settings: { maxSessions: 100, heartbeatMaxFailures: 20 },
    });
    const clients = await Promise.all(Array.from({ length: 64 }, () => join({ mute: true })));
    clock.advance(100_000);
    const [first] = clients;
    if (first === undefined) throw new Error("nobody joined");
    // The sweep spends long on the first session, so it must leave the rest for further slices.
    let sweeping = false;
    Object.defineProperty(first.socket, "bufferedBytes", {
      get: () => {
        sweeping = true;
        clock.pause(20);
        return 0;
      },
    });
    let changed = false;
    clock.onInput = () => {
      if (!sweeping || changed) return;
      keeper.applySettings({ ...fast, maxSessions: 100, sweepIntervalMs: 1_000 }, revision);
      changed = true;
    };
    await waitWhile(() => !changed);
    await clock.advanceAsync(100);
    expect(ledger.entries().filter(({ ended }) => ended !== null)).toEqual([]);
  });

  it("HB7 sends every client the new terms, including the bound", async () => {
    const { join, keeper } = createTestBench();
    const { socket } = await join();
    keeper.applySettings(fast, revision);
    expect(socket.notices).toEqual([
      {
        type: "terms",
        heartbeat: { intervalMs: 2_000, pongTimeoutMs: 1_000, maxFailures: 3, boundMs: heartbeatBoundMs(fast) },
        idle: { timeoutMs: 180_000, warningMs: 30_000 },
        settingsRevision: 1,
      },
    ]);
  });

  it("TO2 warns before ending when the timeout becomes shorter than the time already passed", async () => {
    const { clock, join, keeper, ledger } = createTestBench();
    const { session, socket } = await join();
    await clock.advanceAsync(140_000, 1_000);
    keeper.applySettings({ ...keeper.settings, sessionTimeoutMs: 60_000, idleWarningMs: 20_000 }, revision);
    await clock.advanceAsync(19_000, 1_000);
    expect(socket.count("notice:idle_warning")).toBe(1);
    expect(session.state).toBe("active");
    await clock.advanceAsync(2_000, 100);
    expect(ledger.entry(session.id)?.ended?.reason).toBe("idle");
  });

  it("SET3 records a change as one event with author, before and after", async () => {
    const { keeper, serverEvents } = createTestBench();
    keeper.applySettings({ ...keeper.settings, heartbeatMaxFailures: 5 }, revision);
    expect(serverEvents()).toEqual([
      {
        type: "settings_changed",
        revision: 1,
        author: "grace",
        before: { heartbeatMaxFailures: 3 },
        after: { heartbeatMaxFailures: 5 },
      },
    ]);
    expect(keeper.settingsRevision).toBe(1);
  });

  it("SET2 refuses settings that break a rule and changes nothing", () => {
    const { keeper, serverEvents } = createTestBench();
    const before = keeper.settings;
    expect(() => keeper.applySettings({ ...before, heartbeatPongTimeoutMs: 40_000 }, revision)).toThrow(
      expect.objectContaining({ code: "invalid_settings" }),
    );
    expect(() => keeper.applySettings({ ...before, tickMs: 50 }, revision)).toThrow(
      /system.tick: takes effect only at the next start/,
    );
    expect(keeper.settings).toBe(before);
    expect(serverEvents()).toEqual([]);
  });
});

describe("the preview", () => {
  it("SET4 says what would happen to the live sessions, and changes nothing", async () => {
    const { waitWhile, clock, join, keeper } = createTestBench();
    const silent = await join({ mute: true });
    const lively = await join();
    await waitWhile(() => silent.socket.count("heartbeat") === 0);
    clock.advance(5_000);
    const hasty = { idleWarningMs: 0, sessionTimeoutMs: 10_000, heartbeatPongTimeoutMs: 4_000, heartbeatIntervalMs: 10_000 };
    const preview = keeper.preview({ ...keeper.settings, ...hasty });
    expect(preview.wouldBeSuspect).toEqual([]);
    expect(preview.wouldBeIdle.toSorted()).toEqual([silent.session.id, lively.session.id].toSorted());
    expect(preview.heartbeatBoundMs).toBe(10_000 + 3 * 4_000 + 100);
    expect(preview.heartbeatsPerSecond).toBeCloseTo(0.2);
    expect([silent.session.state, lively.session.state, silent.session.snapshot().suspect]).toEqual(["active", "active", false]);
  });

  it("SET4 replays recorded silences", () => {
    const { keeper } = createTestBench();
    const silences = [
      { silenceMs: 80_000, outcome: "ended" },
      { silenceMs: 20_000, outcome: "ended" },
      { silenceMs: 25_000, outcome: "answered" },
      { silenceMs: 2_000, outcome: "answered" },
    ] as const;
    const preview = keeper.preview({ ...keeper.settings, heartbeatIntervalMs: 10_000, heartbeatPongTimeoutMs: 5_000 }, silences);
    expect(preview).toMatchObject({ endsSooner: 1, healthyEnded: 1, silencesReplayed: 4 });
  });
});
