import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { openDatabaseSource } from "../../cli/databaseSource.ts";
import { cli } from "../../cli/testing/cliRun.ts";
import { DAY_MS } from "../durations.ts";
import { FIRST_RELEASE, MIGRATIONS, olderDatabase } from "../testing/olderDatabase.ts";
import { query, scratch } from "../testing/scratchStore.ts";
import { verifyLedger } from "./verify.ts";

/** What a database says over the first days, read without a server. */
async function sumsOf(file: string) {
  const source = openDatabaseSource(file);
  const { total, buckets, detectionMedianMs } = await source.stats(query({ toMs: 4 * DAY_MS }));
  source.close();
  return { total, perHour: buckets.map(({ byTier }) => byTier.timeout), detectionMedianMs };
}

describe("a database of an earlier version", () => {
  it.each(Array.from({ length: MIGRATIONS - FIRST_RELEASE + 1 }, (_, more) => FIRST_RELEASE + more))(
    "LED3 LED7 with %i migrations is brought up to date, keeps what is in it and takes new sessions",
    async (count) => {
      await using place = scratch();
      olderDatabase(place, count);
      const oldSums = await sumsOf(place.file);
      const store = await place.open();
      expect((await store.ends.page(query({ text: "went" }))).rows[0]).toMatchObject({
        sessionId: "session_ended",
        reason: "idle",
      });
      expect(await store.ends.get("session_open")).toMatchObject({
        reason: "server_crashed",
        crashedBetweenMs: [5_000, expect.any(Number)],
      });
      expect((await store.messages.history("general", 10)).map(({ text }) => text)).toEqual(["hello"]);
      await store.close();
      expect((await cli(["verify", "--db", place.file])).code).toBe(0);
      expect(oldSums).toEqual({ total: 15, perHour: [1, 12, 2], detectionMedianMs: 10 });
      expect(await sumsOf(place.file)).toEqual(oldSums);
      const database = new Database(place.file);
      expect(verifyLedger(database)).toEqual([]);
      expect(database.prepare("SELECT count(*) FROM __drizzle_migrations").pluck().get()).toBe(MIGRATIONS);
      database.close();
    },
  );

  it("LED7 is not verified by rules that it does not know, and is left alone", async () => {
    await using place = scratch();
    olderDatabase(place, FIRST_RELEASE);
    const before = readFileSync(place.file);
    const { code, err } = await cli(["verify", "--db", place.file]);
    expect([code, err]).toEqual([1, [expect.stringMatching(/was written by an older version of Lastbeat/)]]);
    expect((await cli(["ends", "--db", place.file])).out).toMatch(/went away|idle/);
    expect(readFileSync(place.file).equals(before)).toBe(true);
  });
});
