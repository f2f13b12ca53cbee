import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import { eventually } from "@lastbeat/support/eventually";
import { expect, test } from "vitest";
import type { EndQuery } from "../contract/endQuery.ts";
import { failure } from "../contract/errors.ts";
import type { EndView } from "../contract/views.ts";
import { query } from "../ledger/testing/scratchStore.ts";
import { follow } from "./follow.ts";
import type { Source } from "./source.ts";

const MINUTE_MS = 60_000;
const ended = (sessionId: string, detectedAtMs: number): EndView => ({
  ...sampleOpened(sessionId),
  ...sampleEnded(sessionId, { detectedAtMs }),
});

/** A ledger of ends in the order in which they were written. */
class FakeLedger {
  readonly ends: EndView[] = [];
  failure: Error | null = null;
  /** How many ends each look took in, by how far back it went. */
  readonly looked: number[] = [];
  readonly source = {
    page: async ({ limit, user }: EndQuery) => {
      const newest = this.ends.toReversed().sort((a, b) => b.detectedAtMs - a.detectedAtMs);
      return { rows: newest.filter((end) => user === undefined || end.user === user).slice(0, limit) };
    },
    each: (asked: EndQuery) => this.#each(asked),
  } as unknown as Source;

  async *#each({ fromMs = 0, user }: EndQuery): AsyncGenerator<readonly EndView[]> {
    if (this.failure !== null) throw this.failure;
    const inTime = this.ends.filter(({ detectedAtMs }) => detectedAtMs >= fromMs);
    this.looked.push(inTime.length);
    yield inTime.filter((end) => user === undefined || end.user === user).sort((a, b) => a.detectedAtMs - b.detectedAtMs);
  }
}

function following(ledger: FakeLedger, filter: Partial<EndQuery> = {}) {
  const [shown, troubles]: [string[], string[]] = [[], []];
  let stopped = false;
  const rows = follow(ledger.source, { query: query(filter), onTrouble: (message) => void troubles.push(message), everyMs: 1 });
  const done = (async () => {
    for await (const batch of rows) {
      shown.push(...batch.map(({ sessionId }) => sessionId));
      if (stopped) return;
    }
  })();
  return {
    shown,
    troubles,
    async [Symbol.asyncDispose]() {
      stopped = true;
      await done;
    },
  };
}

test("the most recent ends come first, oldest on top, and then each new one once", async () => {
  const ledger = new FakeLedger();
  for (let at = 1; at <= 5; at += 1) ledger.ends.push(ended(`s${at}`, at * 1_000));
  await using followed = following(ledger, { limit: 2 });
  await eventually(() => expect(followed.shown).toEqual(["s4", "s5"]));
  ledger.ends.push(ended("s6", 6_000));
  await eventually(() => expect(followed.shown).toEqual(["s4", "s5", "s6"]));
  ledger.ends.push(ended("s7", 7_000), ended("s8", 7_000));
  await eventually(() => expect(followed.shown).toEqual(["s4", "s5", "s6", "s7", "s8"]));
});

test("an end written after one that was detected later is still shown", async () => {
  const ledger = new FakeLedger();
  await using followed = following(ledger);
  ledger.ends.push(ended("late", 10 * MINUTE_MS));
  await eventually(() => expect(followed.shown).toEqual(["late"]));
  ledger.ends.push(ended("slow_release", 10 * MINUTE_MS - 30_000));
  await eventually(() => expect(followed.shown).toEqual(["late", "slow_release"]));
});

test("a server that stops answering is reported once, and no ends are missed", async () => {
  const ledger = new FakeLedger();
  ledger.ends.push(ended("before", MINUTE_MS));
  await using followed = following(ledger);
  await eventually(() => expect(followed.shown).toEqual(["before"]));
  ledger.failure = failure("failed", "no server answers");
  await eventually(() => expect(followed.troubles).toEqual(["no server answers; retrying"]));
  ledger.ends.push(ended("meanwhile", 2 * MINUTE_MS));
  ledger.failure = null;
  await eventually(() => expect(followed.shown).toEqual(["before", "meanwhile"]));
  expect(followed.troubles).toEqual(["no server answers; retrying", "the server answers again"]);
});

const endOf = (user: string, sessionId: string, detectedAtMs: number): EndView => ({ ...ended(sessionId, detectedAtMs), user });

test.each([
  ["no end matches", "Ada"],
  ["only an old end matches", "Grace"],
])("when %s, a look takes in the latest ends and not the whole ledger", async (_, user) => {
  const ledger = new FakeLedger();
  ledger.ends.push(endOf("Grace", "old", 1_000));
  for (let at = 1; at <= 100; at += 1) ledger.ends.push(endOf("Lin", `lin${at}`, at * 10 * MINUTE_MS));
  await using followed = following(ledger, { user });
  await eventually(() => expect(ledger.looked.length).toBeGreaterThan(3));
  // Others go on ending all the while.
  for (let at = 101; at <= 200; at += 1) ledger.ends.push(endOf("Lin", `lin${at}`, at * 10 * MINUTE_MS));
  const before = ledger.looked.length;
  await eventually(() => expect(ledger.looked.length).toBeGreaterThan(before + 3));
  expect(ledger.looked.slice(0, 3)).toEqual([1, 1, 1]);
  expect(ledger.looked.at(-1)).toBe(1);
  ledger.ends.push(endOf(user, "new", 2_000 * MINUTE_MS));
  await eventually(() => expect(followed.shown.at(-1)).toBe("new"));
});

test("an end from before the clock was set back hides no new ones", async () => {
  const ledger = new FakeLedger();
  ledger.ends.push(ended("from_the_future", Date.now() + 60 * MINUTE_MS));
  await using followed = following(ledger);
  await eventually(() => expect(followed.shown).toEqual(["from_the_future"]));
  ledger.ends.push(ended("now", Date.now()));
  await eventually(() => expect(followed.shown).toEqual(["from_the_future", "now"]));
});
