/** Saving settings does what the preview says. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { SettingsPreview } from "../rules/preview.ts";
import { resolveSettings, type Settings } from "../settings/settings.ts";
import { createTestBench } from "../testing/bench.ts";
import { holdsAsync } from "../testing/property.ts";

const limits = fc
  .record({
    heartbeatIntervalMs: fc.integer({ min: 2_000, max: 30_000 }),
    heartbeatPongTimeoutMs: fc.integer({ min: 500, max: 20_000 }),
    heartbeatMaxFailures: fc.integer({ min: 1, max: 4 }),
    sessionTimeoutMs: fc.integer({ min: 10_000, max: 120_000 }),
    idleWarningMs: fc.constantFrom(0, 1_000, 5_000, 9_000),
    sessionLifetimeMs: fc.constantFrom(0, 0, 30_000, 90_000),
  })
  .map((drawn) => ({ ...drawn, heartbeatIntervalMs: Math.max(drawn.heartbeatIntervalMs, drawn.heartbeatPongTimeoutMs) }));

const others = { maxSessions: 50, resumeGraceMs: 60_000, sweepIntervalMs: 600_000 };

/** A user: joins some time after the previous one, answers or not, and is active or not. */
const person = fc.record({
  afterMs: fc.nat(15_000),
  mute: fc.boolean(),
  busy: fc.constantFrom(false, false, true),
  lost: fc.constantFrom(false, false, false, true),
});

/** What has happened to sessions since then, in the terms of the preview. */
type Foretold = Pick<
  SettingsPreview,
  "wouldBeSuspect" | "wouldBeDead" | "wouldBeWarned" | "wouldBeUnwarned" | "wouldBeIdle" | "wouldBeTooOld"
>;

async function live(before: Settings, people: readonly { afterMs: number; mute: boolean; busy: boolean; lost: boolean }[]) {
  const bench = createTestBench({ settings: before });
  const { clock, join, keeper, ledger } = bench;
  const happened: Record<keyof Foretold, string[]> = {
    wouldBeSuspect: [],
    wouldBeDead: [],
    wouldBeWarned: [],
    wouldBeUnwarned: [],
    wouldBeIdle: [],
    wouldBeTooOld: [],
  };
  keeper.on("ending", ({ session: { id }, reason }) => {
    if (reason === "idle") happened.wouldBeIdle.push(id);
    if (reason === "lifetime_reached") happened.wouldBeTooOld.push(id);
  });
  keeper.on("suspended", ({ session: { id }, reason }) => {
    if (reason === "unreachable") happened.wouldBeDead.push(id);
  });
  for (const { afterMs, mute, busy, lost } of people) {
    const { session, connection } = await join({ mute });
    if (busy) session.busy("generating");
    if (lost) connection.closed(1006, "");
    await clock.advanceAsync(afterMs, 1_000);
  }
  /** The events of a session written to the ledger since `from`. */
  const written = (from: number, type: string, isWanted: (event: { miss?: number; maxFailures?: number }) => boolean) =>
    ledger
      .events()
      .slice(from)
      .flatMap(({ sessionId, event }) =>
        sessionId !== null && event.type === type && isWanted(event as object) ? [sessionId] : [],
      );
  return { ...bench, happened, written };
}

it("SET4 what the preview says of the live sessions is what saving does within one tick", async () => {
  await holdsAsync(
    fc.asyncProperty(limits, limits, fc.array(person, { minLength: 1, maxLength: 8 }), async (before, after, people) => {
      const { keeper, clock, happened, ledger, written } = await live(resolveSettings({ ...before, ...others }), people);
      const next = resolveSettings({ ...after, ...others });
      for (const list of Object.values(happened)) list.length = 0;
      const from = ledger.events().length;
      const foretold = keeper.preview(next);
      keeper.applySettings(next, { revision: 1, author: "grace" });
      await clock.advanceAsync(next.tickMs);
      happened.wouldBeSuspect = written(from, "suspect", ({ miss = 0, maxFailures = 0 }) => miss < maxFailures);
      happened.wouldBeWarned = written(from, "idle_warned", () => true);
      happened.wouldBeUnwarned = written(from, "idle_cleared", () => true);
      for (const [name, ids] of Object.entries(happened))
        expect([name, [...foretold[name as keyof Foretold]].toSorted()]).toEqual([name, ids.toSorted()]);
    }),
    150,
  );
}, 60_000);
