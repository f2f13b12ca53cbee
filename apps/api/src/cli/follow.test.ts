import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import { expect, test } from "vitest";
import type { CleanupQuery } from "../contract/cleanupQuery.ts";
import type { Cleanup } from "../contract/views.ts";
import { query } from "../store/testing/scratchStore.ts";
import { eventually } from "../testing/testServer.ts";
import { CommandFailed } from "./failure.ts";
import { follow } from "./follow.ts";
import type { Source } from "./source.ts";

const MINUTE_MS = 60_000;
const ended = (sessionId: string, detectedAtMs: number): Cleanup => ({
  ...sampleOpened(sessionId),
  ...sampleEnded(sessionId, { detectedAtMs }),
});

/** A ledger of ends in the order in which they were written. */
class FakeLedger {
  readonly ends: Cleanup[] = [];
  failure: CommandFailed | null = null;
  readonly source = {
    page: async ({ limit }: CleanupQuery) => ({ rows: this.ends.toReversed().slice(0, limit) }),
    each: (asked: CleanupQuery) => this.#each(asked),
  } as unknown as Source;

  async *#each({ fromMs = 0 }: CleanupQuery): AsyncGenerator<readonly Cleanup[]> {
    if (this.failure !== null) throw this.failure;
    yield this.ends.filter(({ detectedAtMs }) => detectedAtMs >= fromMs).sort((a, b) => a.detectedAtMs - b.detectedAtMs);
  }
}

function following(ledger: FakeLedger, filter: Partial<CleanupQuery> = {}) {
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
    ...{ shown, troubles },
    async [Symbol.asyncDispose]() {
      stopped = true;
      await done;
    },
  };
}

test("the latest ends come first, the oldest of them on top, and then each new one once", async () => {
  const ledger = new FakeLedger();
  for (let at = 1; at <= 5; at += 1) ledger.ends.push(ended(`s${at}`, at * 1_000));
  await using followed = following(ledger, { limit: 2 });
  await eventually(() => expect(followed.shown).toEqual(["s4", "s5"]));
  ledger.ends.push(ended("s6", 6_000));
  await eventually(() => expect(followed.shown).toEqual(["s4", "s5", "s6"]));
  ledger.ends.push(ended("s7", 7_000), ended("s8", 7_000));
  await eventually(() => expect(followed.shown).toEqual(["s4", "s5", "s6", "s7", "s8"]));
});

test("an end that was written after one that was detected later is shown all the same", async () => {
  const ledger = new FakeLedger();
  await using followed = following(ledger);
  ledger.ends.push(ended("late", 10 * MINUTE_MS));
  await eventually(() => expect(followed.shown).toEqual(["late"]));
  ledger.ends.push(ended("slow_release", 10 * MINUTE_MS - 30_000));
  await eventually(() => expect(followed.shown).toEqual(["late", "slow_release"]));
});

test("a server that stops answering is told of once, and nothing is missed", async () => {
  const ledger = new FakeLedger();
  ledger.ends.push(ended("before", MINUTE_MS));
  await using followed = following(ledger);
  await eventually(() => expect(followed.shown).toEqual(["before"]));
  ledger.failure = new CommandFailed("no server answers");
  await eventually(() => expect(followed.troubles).toEqual(["no server answers; trying again"]));
  ledger.ends.push(ended("meanwhile", 2 * MINUTE_MS));
  ledger.failure = null;
  await eventually(() => expect(followed.shown).toEqual(["before", "meanwhile"]));
  expect(followed.troubles).toEqual(["no server answers; trying again", "the server answers again"]);
});
