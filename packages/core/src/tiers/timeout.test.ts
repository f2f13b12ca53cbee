import { expect, it } from "vitest";
import { createTestBench } from "../testing/bench.ts";

it("TO1 does not take heartbeats and pongs for activity", async () => {
  const { clock, join, ledger } = createTestBench();
  const { session } = await join();
  await clock.advanceAsync(181_000, 500);
  const ended = ledger.entry(session.id)?.ended;
  expect(ended).toMatchObject({ reason: "idle", tier: "timeout", misses: 0, detectionMs: 180_000 });
});

it("TO1 takes what the user does for activity", async () => {
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

it("TO4 finds a deadline that the wheel lost", async () => {
  const { clock, join, engine, logged, ledger } = createTestBench({ settings: { sessionTimeoutMs: 20_000, idleWarningMs: 0 } });
  const { session } = await join();
  const record = engine.registry.get(session.id);
  if (record === undefined) throw new Error("no record");
  clock.advance(1_000);
  engine.wheel.disarm(record);
  await clock.advanceAsync(26_000);
  expect(logged).toContain(`error The sweep found a deadline of ${session.id} that nobody acted on`);
  expect(ledger.entry(session.id)?.ended?.reason).toBe("idle");
});

it("TO4 ends a silent session that the heartbeat tier believes to be fine", async () => {
  const { clock, join, engine, ledger } = createTestBench({ settings: { sessionTimeoutMs: 3_600_000 } });
  const { session } = await join({ mute: true });
  const record = engine.registry.get(session.id);
  if (record?.state.kind !== "active") throw new Error("no record");
  const { beat } = record.state;
  for (let second = 0; second < 140 && session.state === "active"; second += 1) {
    await clock.advanceAsync(1_000, 500);
    beat.sentMs = -1;
    beat.dueMs = engine.observed.nowMs + 30_000;
  }
  expect(ledger.entry(session.id)?.ended).toMatchObject({ reason: "overdue", tier: "timeout" });
});

it("TO4 ends a session that has reached its longest lifetime, busy or not", async () => {
  const { clock, join, ledger } = createTestBench({ settings: { sessionLifetimeMs: 60_000 } });
  const { session } = await join();
  using _ = session.busy("watching");
  await clock.advanceAsync(60_100);
  expect(ledger.entry(session.id)?.ended).toMatchObject({ reason: "lifetime_reached", closeCode: 4505 });
});
