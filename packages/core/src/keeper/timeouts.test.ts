import { describe, expect, it } from "vitest";
import { NEVER } from "../rules/heartbeat.ts";

import { decideTimeout, type TimeoutVerdict, timeoutDueMs } from "../rules/timeouts.ts";
import { resolveSettings } from "../settings/settings.ts";
import { createTestBench } from "../testing/bench.ts";
import { sampleRecord, sampleStates } from "../testing/sampleRecords.ts";

const { opening, recording, over, active, suspended, ending, ended } = sampleStates;

describe("the decision", () => {
  const settings = resolveSettings({ sessionLifetimeMs: 600_000 });
  const unwarned = resolveSettings({ idleWarningMs: 0 });
  const busy = { holdings: { resources: [], busy: ["generating"], bytes: 0 } };
  const warned = { idleWarnedMs: 150_000, idleWarningMs: 30_000 };
  const cases: [string, Parameters<typeof decideTimeout>, TimeoutVerdict][] = [
    ["SES4 within the time for a hello", [sampleRecord(opening()), 9_999, settings], "none"],
    ["SES4 no hello in time", [sampleRecord(opening()), 10_000, settings], "hello_timeout"],
    ["SES4 no record of the opening in time", [sampleRecord(recording()), 10_000, settings], "hello_timeout"],
    ["SES4 a connection that is over", [sampleRecord(over()), 1e9, settings], "none"],
    ["TO2 not idle for long enough to be warned", [sampleRecord(active()), 149_999, settings], "none"],
    ["TO2 the warning", [sampleRecord(active()), 150_000, settings], "warn_idle"],
    ["TO2 the warning comes first, however late it is", [sampleRecord(active()), 599_999, settings], "warn_idle"],
    ["TO2 within the warning", [sampleRecord(active(), warned), 179_999, settings], "none"],
    ["TO2 the warning has passed", [sampleRecord(active(), warned), 180_000, settings], "idle"],
    [
      "TO2 a longer warning setting does not extend a warning already given",
      [sampleRecord(active(), warned), 180_000, resolveSettings({ idleWarningMs: 90_000 })],
      "idle",
    ],
    ["TO2 without a warning, before the timeout", [sampleRecord(active()), 179_999, unwarned], "none"],
    ["TO2 without a warning, at the timeout", [sampleRecord(active()), 180_000, unwarned], "idle"],
    ["TO1 activity moves it", [sampleRecord(active(), { activeMs: 1 }), 180_000, unwarned], "none"],
    ["TO1 an answer from the client does not", [sampleRecord(active(), { seenMs: 179_000 }), 180_000, unwarned], "idle"],
    ["TO3 a busy session is not idle", [sampleRecord(active(), busy), 599_999, settings], "none"],
    [
      "TO3 a busy session is not idle even when it was warned before",
      [sampleRecord(active(), { ...busy, ...warned }), 599_999, settings],
      "none",
    ],
    ["TO4 the lifetime, busy or not", [sampleRecord(active(), busy), 600_000, settings], "lifetime_reached"],
    ["TO4 the lifetime comes before the idle end", [sampleRecord(active(), warned), 600_000, settings], "lifetime_reached"],
    ["TO4 no lifetime", [sampleRecord(active(), busy), 1e12, resolveSettings()], "none"],
    ["SES5 within the grace", [sampleRecord(suspended(60_000)), 59_999, settings], "none"],
    ["SES5 the grace is over", [sampleRecord(suspended(60_000)), 60_000, settings], "grace_over"],
    ["SES5 a suspended session does not end as idle", [sampleRecord(suspended(590_000)), 589_000, unwarned], "none"],
    ["TO4 the lifetime of a suspended session", [sampleRecord(suspended(1e9)), 600_000, settings], "lifetime_reached"],
    ["TO4 an end under way", [sampleRecord(ending()), 29_999, settings], "none"],
    ["TO4 an end that takes too long", [sampleRecord(ending()), 30_000, settings], "stuck_ending"],
    ["SES2 a session that has ended", [sampleRecord(ended()), 1e12, settings], "none"],
  ];
  it.each(cases)("%s", (_, args, verdict) => expect(decideTimeout(...args)).toBe(verdict));

  it.each([
    ["SES4 connecting", opening(), 10_000],
    ["SES4 refused", over(), NEVER],
    ["TO2 active", active(), 150_000],
    ["SES5 suspended", suspended(60_000), 60_000],
    ["SES6 ending: its deadlines are gone", ending(), NEVER],
    ["SES2 ended", ended(), NEVER],
  ] as const)("%s waits for the earliest of its timeouts", (_, state, dueMs) => {
    expect(timeoutDueMs(sampleRecord(state), settings)).toBe(dueMs);
  });
});

it("TO1 does not count heartbeats and pongs as activity", async () => {
  const { clock, join, ledger } = createTestBench();
  const { session } = await join();
  await clock.advanceAsync(181_000, 500);
  const ended = ledger.entry(session.id)?.ended;
  expect(ended).toMatchObject({ reason: "idle", tier: "timeout", misses: 0, detectionMs: 180_000 });
});

it("TO1 counts user actions as activity", async () => {
  const { clock, join, keeper } = createTestBench();
  const { session } = await join();
  for (let minute = 0; minute < 10; minute += 1) {
    await clock.advanceAsync(60_000, 1_000);
    session.touch();
  }
  expect(session.state).toBe("active");
  expect(keeper.explain(session.id)?.find(({ kind }) => kind === "idle")).toEqual({
    kind: "idle",
    dueInMs: 180_000,
    movedBy: "something the user did",
  });
});

it("TO2 warns before the idle end, and one call keeps the session", async () => {
  const { clock, join, story } = createTestBench();
  const { session, socket } = await join();
  await clock.advanceAsync(150_000, 1_000);
  expect(socket.notices).toEqual([{ type: "idle_warning", endsInMs: 30_000 }]);
  session.touch();
  await clock.advanceAsync(149_000, 1_000);
  expect(session.state).toBe("active");
  expect(story(session.id)).toEqual(["idle_warned", "idle_cleared"]);
});

it("TO2 ends an idle session at the timeout when no warning is configured", async () => {
  const { clock, join, ledger } = createTestBench({ settings: { idleWarningMs: 0, sessionTimeoutMs: 5_000 } });
  const { session, socket } = await join();
  await clock.advanceAsync(5_000);
  expect(ledger.entry(session.id)?.ended?.reason).toBe("idle");
  expect(socket.notices.map(({ type }) => type)).toEqual(["ending"]);
});

it("TO3 defers idleness while the session is busy, and counts from the end of the work", async () => {
  const { clock, join, ledger } = createTestBench();
  const { session } = await join();
  {
    using _ = session.busy("generating");
    await clock.advanceAsync(600_000, 5_000);
    expect(session.state).toBe("active");
    expect(session.snapshot().busy).toEqual(["generating"]);
  }
  await clock.advanceAsync(179_000, 1_000);
  expect(session.state).toBe("active");
  await clock.advanceAsync(2_000);
  expect(ledger.entry(session.id)?.ended?.reason).toBe("idle");
});

it("TO4 finds a deadline that the wheel missed", async () => {
  const { clock, join, engine, logged, ledger } = createTestBench({ settings: { sessionTimeoutMs: 20_000, idleWarningMs: 0 } });
  const { session } = await join();
  const record = engine.registry.get(session.id);
  if (record === undefined) throw new Error("no record");
  clock.advance(1_000);
  engine.wheel.disarm(record);
  await clock.advanceAsync(26_000);
  expect(logged).toContain(`error The sweep found a deadline of ${session.id} that was not acted on`);
  expect(ledger.entry(session.id)?.ended?.reason).toBe("idle");
});

it("TO4 ends a silent session that the heartbeat tier considers healthy", async () => {
  const { clock, join, engine, ledger } = createTestBench({ settings: { sessionTimeoutMs: 3_600_000 } });
  const { session } = await join({ mute: true });
  const record = engine.registry.get(session.id);
  if (record?.state.name !== "active") throw new Error("no record");
  const beat = record.state;
  for (let second = 0; second < 140 && session.state === "active"; second += 1) {
    await clock.advanceAsync(1_000, 500);
    beat.sentMs = -1;
    beat.dueMs = engine.observed.nowMs + 30_000;
  }
  expect(ledger.entry(session.id)?.ended).toMatchObject({ reason: "overdue", tier: "timeout" });
});

it("TO4 ends a session that has reached its maximum lifetime, busy or not", async () => {
  const { clock, join, ledger } = createTestBench({ settings: { sessionLifetimeMs: 60_000 } });
  const { session } = await join();
  using _ = session.busy("watching");
  await clock.advanceAsync(60_100);
  expect(ledger.entry(session.id)?.ended).toMatchObject({ reason: "lifetime_reached", closeCode: 4505 });
});

it("TO3 starting work clears a warning in force and tells the client", async () => {
  const { clock, join, story, ledger } = createTestBench();
  const { session, socket } = await join();
  await clock.advanceAsync(151_000, 1_000);
  {
    using _ = session.busy("generating");
    expect(socket.notices.map(({ type }) => type)).toEqual(["idle_warning", "idle_cleared"]);
    expect(story(session.id)).toEqual(["idle_warned", "idle_cleared"]);
    await clock.advanceAsync(600_000, 5_000);
  }
  await clock.advanceAsync(149_000, 1_000);
  expect(session.state).toBe("active");
  await clock.advanceAsync(32_000, 1_000);
  expect(ledger.entry(session.id)?.ended?.reason).toBe("idle");
});

it("TO3 stays busy until all work is done, even when one is disposed of twice", async () => {
  const { clock, join } = createTestBench({ settings: { idleWarningMs: 0, sessionTimeoutMs: 10_000 } });
  const { session } = await join();
  const first = session.busy("generating");
  const second = session.busy("generating");
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  await clock.advanceAsync(60_000, 1_000);
  expect(session.snapshot()).toMatchObject({ state: "active", busy: ["generating"] });
  second[Symbol.dispose]();
  await clock.advanceAsync(10_100);
  expect(session.state).toBe("ended");
});
