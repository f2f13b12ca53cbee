import { describe, expect, it } from "vitest";
import { decideSweep, type SweepVerdict } from "../rules/sweep.ts";
import { defaultSettings, resolveSettings } from "../settings/settings.ts";
import { createTestBench } from "../testing/bench.ts";
import { createFakeSocket } from "../testing/fakeSocket.ts";
import { sampleRecord, sampleStates } from "../testing/sampleRecords.ts";
import { createVirtualClock } from "../testing/virtualClock.ts";
import { createSessionKeeper } from "./keeper.ts";

const { active, ending, ended, opening, over, suspended } = sampleStates;
/** Bound 90.1 s, plus a tick for the first beat and each of three verdicts: overdue after 90.5 s of silence. */
const beat = { dueMs: 1e9, limitMs: 20_000 };
const outstanding = { sentMs: 95_000, limitMs: 30_000 };

describe("the sweep's verdict on a session", () => {
  const at = (nowMs: number, judgedFromMs = 0, pausedFromMs = 0) => ({ nowMs, judgedFromMs, pausedFromMs });
  const idle = { activeMs: 1e9 };
  const cases: [string, Parameters<typeof decideSweep>, SweepVerdict][] = [
    ["TO4 an active session without anything due", [sampleRecord(active(), idle), defaultSettings, at(20_000)], "fine"],
    ["TO4 a beat due in this tick is left to the wheel", [sampleRecord(active(), idle), defaultSettings, at(30_100)], "fine"],
    ["TO4 a beat that was not sent", [sampleRecord(active(), idle), defaultSettings, at(30_200)], "lost_deadline"],
    [
      "TO4 an idle end that was not acted on",
      [sampleRecord(active(beat)), resolveSettings({ sessionTimeoutMs: 40_000 }), at(40_200)],
      "lost_deadline",
    ],
    ["TO4 a hello timeout that was not acted on", [sampleRecord(opening()), defaultSettings, at(10_200)], "lost_deadline"],
    ["TO4 a connection that is over", [sampleRecord(over()), defaultSettings, at(99_000)], "fine"],
    ["TO4 a grace that was not ended", [sampleRecord(suspended()), defaultSettings, at(60_200)], "lost_deadline"],
    [
      "TO4 a suspended session within its grace, however silent",
      [sampleRecord(suspended(500_000)), defaultSettings, at(499_000)],
      "fine",
    ],
    ["TO4 silence within what heartbeats allow", [sampleRecord(active(beat), idle), defaultSettings, at(90_500)], "fine"],
    ["TO4 silence beyond it", [sampleRecord(active(beat), idle), defaultSettings, at(90_600)], "overdue"],
    [
      "TIM1 silence before a pause does not count",
      [sampleRecord(active(beat), idle), defaultSettings, at(130_000, 0, 100_000)],
      "fine",
    ],
    [
      "TO4 many pauses excuse at most two beats",
      [sampleRecord(active(beat), idle), defaultSettings, at(130_700, 0, 131_000)],
      "fine",
    ],
    [
      "TO4 after two excused beats the silence counts",
      [sampleRecord(active(beat), idle), defaultSettings, at(130_800, 0, 131_000)],
      "overdue",
    ],
    [
      "HB6 silence before the current limits does not count",
      [sampleRecord(active(outstanding), idle), defaultSettings, at(120_000, 130_000)],
      "fine",
    ],
    ["TO4 an end under way", [sampleRecord(ending()), defaultSettings, at(29_900)], "fine"],
    ["TO4 an end that takes too long", [sampleRecord(ending()), defaultSettings, at(30_000)], "stuck_ending"],
    ["TO4 an end that takes too long is reported once per 30 s", [sampleRecord(ending()), defaultSettings, at(36_000)], "fine"],
    [
      "TO4 an end that takes too long is reported again after 30 s",
      [sampleRecord(ending()), defaultSettings, at(61_000)],
      "stuck_ending",
    ],
    ["TO4 a session that has ended", [sampleRecord(ended()), defaultSettings, at(1e9)], "fine"],
  ];
  it.each(cases)("%s", (_, args, verdict) => expect(decideSweep(...args)).toBe(verdict));
});

describe("the sweep in a running keeper", () => {
  it("SOC3 finds a client that does not read, although its transport reports nothing and no beat is due", async () => {
    const { clock, join, ledger } = createTestBench({ settings: { heartbeatIntervalMs: 3_600_000 } });
    const { session, socket } = await join();
    socket.bufferedBytes = 1_048_577;
    await clock.advanceAsync(5_000);
    expect(ledger.entry(session.id)?.ended).toMatchObject({ reason: "slow_consumer", tier: "socket", closeCode: 4004 });
  });

  it("SOC3 finds a client that does not read before the next beat is sent", async () => {
    const { clock, join, ledger } = createTestBench({ settings: { sweepIntervalMs: 600_000 } });
    const { session, socket } = await join();
    socket.bufferedBytes = 1_048_577;
    await clock.advanceAsync(30_100);
    expect(socket.count("heartbeat")).toBe(0);
    expect(ledger.entry(session.id)?.ended?.reason).toBe("slow_consumer");
  });

  it("SOC3 a slow reader is not suspended, because its connection is not lost", async () => {
    const { clock, join, ledger } = createTestBench({ settings: { resumeGraceMs: 60_000 } });
    const { session, socket, connection } = await join();
    socket.bufferedBytes = 2_000_000;
    connection.sent();
    await clock.advanceAsync(100);
    expect(ledger.entry(session.id)?.ended?.reason).toBe("slow_consumer");
  });

  it("TO4 does not treat a deadline as missed that a change of settings makes due in the tick of the sweep", async () => {
    const { clock, join, keeper, logged, ledger } = createTestBench();
    const { session } = await join();
    clock.advance(4_900);
    const timeout = { sessionTimeoutMs: 500, idleWarningMs: 0 };
    keeper.applySettings({ ...keeper.settings, ...timeout }, { revision: 1, author: "grace" });
    await clock.advanceAsync(200);
    expect(ledger.entry(session.id)?.ended?.reason).toBe("idle");
    expect(logged.filter((line) => line.startsWith("error"))).toEqual([]);
  });

  it("TO4 does not treat a deadline as missed that a listener makes due in the tick of the sweep", async () => {
    const { clock, join, keeper, logged, ledger } = createTestBench({ settings: { sweepIntervalMs: 100 } });
    const [, quiet] = [await join({ mute: true }), await join()];
    // Emitted within the tick, after the wheel has fired everything due and before the sweep begins.
    const stop = keeper.on("suspect", () => {
      stop();
      const timeout = { sessionTimeoutMs: 500, idleWarningMs: 0 };
      keeper.applySettings({ ...keeper.settings, ...timeout }, { revision: 1, author: "grace" });
    });
    await clock.advanceAsync(61_000);
    expect(keeper.settingsRevision).toBe(1);
    expect(ledger.entry(quiet.session.id)?.ended?.reason).toBe("idle");
    expect(logged.filter((line) => line.includes("was not acted on"))).toEqual([]);
  });

  it("TO4 logs every 30 s that an end is stuck, by session id", async () => {
    const { clock, join, logged } = createTestBench({
      ledger: Object.assign(createTestBench().ledger, { ended: () => new Promise<void>(() => {}) }),
    });
    const { session } = await join();
    void session.end();
    await clock.advanceAsync(95_000, 500);
    expect(logged.filter((line) => line === `warn Session ${session.id} is still ending`)).toHaveLength(3);
  });

  it("TIM3 a pause during a sweep makes no session overdue", async () => {
    const { waitWhile, clock, join, ledger } = createTestBench({ settings: { maxSessions: 100, heartbeatMaxFailures: 20 } });
    const clients = await Promise.all(Array.from({ length: 64 }, () => join({ mute: true })));
    clock.advance(100_000);
    const [first] = clients;
    if (first === undefined) throw new Error("nobody joined");
    let paused = false;
    Object.defineProperty(first.socket, "bufferedBytes", {
      get: () => {
        if (!paused) clock.pause(3_600_000);
        paused = true;
        return 0;
      },
    });
    await waitWhile(() => !paused);
    await clock.advanceAsync(10_000);
    expect(ledger.entries().filter(({ ended }) => ended !== null)).toEqual([]);
  });

  it("TO4 a sweep that takes longer than the sweep interval finishes before the next begins", async () => {
    const clock = createVirtualClock();
    // One turn of the event loop per 100 ms.
    let turn: (() => void)[] = [];
    const afterInput = (callback: () => void) => {
      turn.push(callback);
      return () => {
        turn = turn.filter((other) => other !== callback);
      };
    };
    const { monotonicMs, wallMs, every } = clock;
    const keeper = createSessionKeeper({
      clock: { monotonicMs, wallMs, every, afterInput },
      settings: { maxSessions: 64, sweepIntervalMs: 100 },
    });
    const lookedAt = new Set<number>();
    for (let index = 0; index < 64; index += 1) {
      const socket = Object.defineProperty(createFakeSocket(), "bufferedBytes", {
        get: () => {
          lookedAt.add(index);
          clock.pause(1);
          return 0;
        },
      });
      await keeper.accept(socket, { address: `192.0.2.${index}`, client: "test", transport: "test" })?.hello({ user: "ada" });
    }
    for (let turns = 0; turns < 20; turns += 1) {
      clock.advance(100);
      for (const callback of turn.splice(0)) callback();
    }
    expect(lookedAt.size).toBe(64);
    const closed = keeper.close();
    clock.runAfterInput();
    for (const callback of turn.splice(0)) callback();
    await closed;
  });
});
