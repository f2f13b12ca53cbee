import { describe, expect, it } from "vitest";
import type { MemoryLevel, SessionEnd } from "../ports/ledger.ts";
import { calmMemory, memoryUse, nextMemoryState } from "../rules/memory.ts";
import { defaultSettings } from "../settings/settings.ts";
import { createTestBench } from "../testing/bench.ts";

const GIB = 2 ** 30;
const sampleOf = (ratio: number) => ({
  residentBytes: ratio * GIB,
  residentLimitBytes: GIB,
  heapUsedBytes: 0,
  heapLimitBytes: 4 * GIB,
});

describe("the level", () => {
  const run = (ratios: number[], start = calmMemory): MemoryLevel => {
    let state = start;
    ratios.forEach((ratio, second) => {
      state = nextMemoryState(state, ratio, { nowMs: second * 1_000, settings: defaultSettings });
    });
    return state.level;
  };
  const seconds = (count: number, ratio: number) => Array.from({ length: count }, () => ratio);
  it.each([
    ["soft only after 10 s above the threshold", seconds(10, 0.85), "ok"],
    ["soft after 10 s", seconds(11, 0.85), "soft"],
    ["one dip restarts the 10 s", [...seconds(9, 0.85), 0.79, ...seconds(9, 0.85)], "ok"],
    ["hard needs two samples", [0.95], "ok"],
    ["hard at the second consecutive sample", [0.95, 0.95], "hard"],
    ["two samples that are not consecutive do not count", [0.95, 0.5, 0.95], "ok"],
    ["hard stays hard for 10 s between the thresholds", [0.95, 0.95, ...seconds(10, 0.85)], "hard"],
    ["hard falls to soft after 10 s between the thresholds", [0.95, 0.95, ...seconds(11, 0.85)], "soft"],
    ["one sample above restarts the 10 s", [0.95, 0.95, ...seconds(9, 0.85), 0.93, ...seconds(9, 0.85)], "hard"],
    ["soft stays above the recovery threshold", [...seconds(11, 0.85), 0.75], "soft"],
    ["ok below it", [0.95, 0.95, 0.69], "ok"],
  ] as const)("MEM1 %s", (_, ratios, level) => expect(run([...ratios])).toBe(level));

  it("MEM1 memory hovering around the hard threshold does not make the level flap", () => {
    let state = calmMemory;
    let changes = 0;
    for (let second = 0; second < 60; second += 1) {
      const next = nextMemoryState(state, second % 3 === 2 ? 0.91 : 0.93, { nowMs: second * 1_000, settings: defaultSettings });
      if (next.level !== state.level) changes += 1;
      state = next;
    }
    expect(changes).toBe(1);
  });

  it("MEM1 takes the larger of resident memory and heap, each as a share of its limit", () => {
    expect(memoryUse({ residentBytes: 5, residentLimitBytes: 10, heapUsedBytes: 9, heapLimitBytes: 10 }, 0).ratio).toBe(0.9);
    expect(memoryUse({ residentBytes: 5, residentLimitBytes: 10, heapUsedBytes: 1, heapLimitBytes: 10 }, 0).ratio).toBe(0.5);
    expect(memoryUse({ residentBytes: 5, residentLimitBytes: 10, heapUsedBytes: 1, heapLimitBytes: 10 }, 6).ratio).toBeCloseTo(
      5 / 6,
    );
    expect(memoryUse({ residentBytes: 5, residentLimitBytes: 0, heapUsedBytes: 1, heapLimitBytes: 0 }, 0).ratio).toBe(0);
  });
});

describe("under pressure", () => {
  function bench(settings = {}) {
    let ratio = 0.1;
    const memory = { sample: () => sampleOf(ratio) };
    const made = createTestBench({ memory, settings: { maxSessions: 200, sessionTimeoutMs: 3_600_000, ...settings } });
    const ends = (): SessionEnd[] => made.ledger.entries().flatMap(({ ended }) => (ended === null ? [] : [ended]));
    return { ...made, ends, press: (value: number) => (ratio = value) };
  }

  it("MEM2 at the soft level ends sessions idle for over 60 s, and no others", async () => {
    const { clock, join, press, ends } = bench();
    const idle = await join();
    const busy = await join();
    using _ = busy.session.busy("generating");
    await clock.advanceAsync(60_000, 1_000);
    const fresh = await join();
    press(0.85);
    await clock.advanceAsync(12_000, 1_000);
    expect(ends().map(({ sessionId, reason }) => [sessionId, reason])).toEqual([[idle.session.id, "memory_pressure"]]);
    expect(fresh.session.state).toBe("active");
  });

  it("MEM2 at the hard level refuses sessions and ends a twentieth of them per batch", async () => {
    const { clock, join, connect, press, ends, keeper } = bench();
    await Promise.all(Array.from({ length: 100 }, () => join()));
    press(0.95);
    await clock.advanceAsync(2_000, 1_000);
    expect(ends()).toHaveLength(5);
    const refused = await connect().connection.hello({ user: "late" });
    expect(refused).toMatchObject({ accepted: false, refusal: { cause: "memory", closeCode: 1013 } });
    await clock.advanceAsync(1_000, 1_000);
    expect(ends()).toHaveLength(5);
    await clock.advanceAsync(1_000, 1_000);
    expect(ends()).toHaveLength(10);
    press(0.1);
    await clock.advanceAsync(2_000, 1_000);
    expect(keeper.stats().memory.level).toBe("ok");
    expect((await connect().connection.hello({ user: "later" })).accepted).toBe(true);
  });

  it("MEM2 the hard level also ends whatever the soft level would, because it is reached first when memory fills fast", async () => {
    const { clock, join, press, ends } = bench({ resumeGraceMs: 600_000 });
    const suspended = await Promise.all(Array.from({ length: 10 }, () => join()));
    for (const { connection } of suspended) connection.closed(1006, "");
    await Promise.all(Array.from({ length: 30 }, () => join()));
    press(0.95);
    await clock.advanceAsync(2_000, 1_000);
    expect(ends().map(({ sessionId }) => sessionId)).toEqual(suspended.map(({ session }) => session.id));
  });

  it("MEM3 ranks suspended first, then the longest inactive, then the largest; busy last, admins never", async () => {
    const { clock, join, press, ends } = bench({ resumeGraceMs: 600_000 });
    const admin = await join({ kind: "admin" });
    const busy = await join();
    using _ = busy.session.busy("generating");
    const old = await join();
    clock.advance(1_000);
    const small = await join();
    const large = await join();
    small.session.own("draft", { [Symbol.dispose]() {} }, { bytes: 10 });
    large.session.own("model", { [Symbol.dispose]() {} }, { bytes: 10_000 });
    clock.advance(1_000);
    const suspended = await join();
    suspended.connection.closed(1006, "");
    press(0.95);
    await clock.advanceAsync(20_000, 1_000);
    expect(ends().map(({ sessionId }) => sessionId)).toEqual(
      [suspended, old, large, small, busy].map(({ session }) => session.id),
    );
    expect(admin.session.state).toBe("active");
  });

  it("MEM2 ends very many sessions in slices of a few milliseconds, but none that became active meanwhile", async () => {
    const { clock, join, press, ends, engine } = bench({ maxSessions: 3_000, resumeGraceMs: 600_000 });
    const clients = await Promise.all(Array.from({ length: 2_000 }, () => join()));
    for (const { connection } of clients) connection.closed(1006, "");
    const last = clients.at(-1);
    if (last === undefined) throw new Error("nobody joined");
    await clock.advanceAsync(1_000);
    // Each of them takes a while: its room, its log lines.
    let perTurn = 0;
    let most = 0;
    engine.events.on("ending", () => {
      perTurn += 1;
      most = Math.max(most, perTurn);
      clock.pause(0.1);
    });
    let turns = 0;
    clock.onInput = () => {
      if (perTurn > 0) turns += 1;
      perTurn = 0;
      // While the others are being ended, one becomes active.
      if (turns === 3) void join({ resume: { sessionId: last.session.id, token: last.token } });
    };
    press(0.95);
    await clock.advanceAsync(3_000, 500);
    expect(ends().length).toBe(1_999);
    expect(last.session.state).toBe("active");
    // 2 ms, plus the work between two readings of the clock.
    expect(most).toBeLessThanOrEqual(20 + 16);
    expect(turns).toBeGreaterThan(50);
  });

  it("MEM4 records level, use, limit, rank and batch in each victim's end, and gives each its own delay", async () => {
    const { clock, join, press, ends, serverEvents } = bench();
    const clients = await Promise.all(Array.from({ length: 40 }, () => join()));
    press(0.95);
    await clock.advanceAsync(2_000, 1_000);
    expect(ends().map(({ eviction }) => eviction)).toEqual([
      { level: "hard", usedBytes: 0.95 * GIB, limitBytes: GIB, rank: 1, batch: 1 },
      { level: "hard", usedBytes: 0.95 * GIB, limitBytes: GIB, rank: 2, batch: 1 },
    ]);
    expect(serverEvents()).toEqual([{ type: "memory_level", from: "ok", to: "hard", usedBytes: 0.95 * GIB, limitBytes: GIB }]);
    const delays = clients
      .flatMap(({ socket }) => socket.notices)
      .map((notice) => (notice.type === "ending" ? notice.retryAfterMs : 0));
    expect(new Set(delays).size).toBe(2);
  });

  it("MEM4 refuses a session beyond max_sessions with 1013 and a delay", async () => {
    const { join, connect } = bench({ maxSessions: 1 });
    await join();
    const { connection, socket } = connect();
    const result = await connection.hello({ user: "second" });
    expect(result).toMatchObject({ accepted: false, refusal: { cause: "capacity", closeCode: 1013 } });
    expect(socket.closedWith?.code).toBe(1013);
    expect(socket.closedWith?.reason).toMatch(/^server_full retry_after_ms=\d+$/);
  });
});
