import { createSeededRandom, sampleEnded } from "@lastbeat/core/testing";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { kill, startVictim, type Victim } from "../testing/crashVictim.ts";
import { type Scratch, scratch } from "../testing/scratchStore.ts";
import { verifyLedger } from "./verify.ts";

const ROUNDS = 50;

describe("after kill -9, again and again", () => {
  // Each victim but the first is also the restart after the one before: it recovers the database before it takes load.
  it(`LED1 LED2 LED3 nothing acknowledged is missing after ${ROUNDS} kills at random moments under load`, async () => {
    const seed = Number(process.env.LASTBEAT_TEST_SEED ?? Date.now() % 1_000_000);
    process.stdout.write(`${ROUNDS} kills with seed ${seed}; LASTBEAT_TEST_SEED=${seed} repeats their moments\n`);
    const random = createSeededRandom(seed);
    await using place = scratch();
    const acknowledged = new Map<string, "opened" | "ended">();
    let crashed = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const victim = startVictim(place, `r${round}`);
      await victim.reached(1);
      expect(openSessions(place, `r${round}`), `seed ${seed}, round ${round}`).toEqual([]);
      await momentsLater(victim, random.int(250));
      await kill(victim);
      for (const line of victim.acknowledged.slice(1)) note(acknowledged, line);
      crashed += place.sql("SELECT 1 FROM open_sessions").length;
      expect(problems(place, acknowledged, false), `seed ${seed}, round ${round}`).toEqual([]);
    }
    await (await place.open()).close();
    expect(problems(place, acknowledged, true), `seed ${seed}`).toEqual([]);
    expect(crashed).toBeGreaterThan(ROUNDS);
    expect(place.sql("SELECT count(*) AS ends FROM ended_sessions WHERE reason = 'server_crashed'")).toEqual([{ ends: crashed }]);
  }, 900_000);

  it("LED2 the check that those rounds end with sees an end that was lost, and a crash without its interval", async () => {
    await using place = scratch();
    const store = await place.open();
    await store.close();
    expect(problems(place, new Map([["session_lost", "opened"]]), true)).toEqual([
      "session_lost was acknowledged as opened: no row",
    ]);
    place.sql(`INSERT INTO sessions (session_id, boot, kind, user, address, client, transport, opened_at_ms, settings_revision)
               VALUES ('session_a', 1, 'user', 'Ada', '192.0.2.7', 'test', 'json', 1, 0)`);
    expect(problems(place, new Map([["session_a", "ended"]]), true)).toContain("session_a was acknowledged as ended: still open");
    const again = await place.open();
    await again.ledger.ended(sampleEnded("session_a"));
    await again.close();
    expect(problems(place, new Map([["session_a", "ended"]]), true)).toEqual([
      "session_a was acknowledged as ended: server_crashed",
    ]);
  });
});

const momentsLater = (victim: Victim, afterMs: number) =>
  new Promise<void>((resolve, reject) => {
    victim.process.once("exit", () => reject(new Error("the server to be killed stopped by itself")));
    setTimeout(resolve, afterMs);
  });

function note(acknowledged: Map<string, "opened" | "ended">, line: string): void {
  const [what, id] = line.split(" ");
  if (id !== undefined && (what === "opened" || what === "ended")) acknowledged.set(id, what);
}

/** Sessions of earlier rounds that are still open although the next server says that it is ready. */
function openSessions(place: Scratch, prefix: string): unknown[] {
  return place.sql("SELECT session_id FROM open_sessions WHERE session_id NOT GLOB ?", `session_${prefix}_*`);
}

/** What is wrong with the database, in words. `whole`: also what only a look at every row finds. */
function problems(place: Scratch, acknowledged: ReadonlyMap<string, "opened" | "ended">, whole: boolean): string[] {
  const database = new Database(place.file);
  try {
    const crash = `SELECT session_id || ' crashed without its interval' AS problem FROM ended_sessions WHERE reason = 'server_crashed' AND NOT
      coalesce(crashed_between_ms ->> 0 <= crashed_between_ms ->> 1 AND crashed_between_ms ->> 0 >= opened_at_ms
               AND crashed_between_ms ->> 1 = detected_at_ms AND tier = 'recovery' AND initiator = 'server', 0)`;
    const crashes = database.prepare<[], { problem: string }>(crash).all();
    const sound = whole ? verifyLedger(database).filter(({ check }) => check !== "open-is-live") : [];
    return [...missing(database, acknowledged), ...[...crashes, ...sound].map(({ problem }) => problem)];
  } finally {
    database.close();
  }
}

function missing(database: Database.Database, acknowledged: ReadonlyMap<string, "opened" | "ended">): string[] {
  const sql = `SELECT a.value ->> 0 || ' was acknowledged as ' || (a.value ->> 1) || ': '
      || iif(s.id IS NULL, 'no row', coalesce(e.reason, 'still open')) AS problem
    FROM json_each(?) a LEFT JOIN sessions s ON s.session_id = a.value ->> 0 LEFT JOIN ends e ON e.session = s.id
    WHERE s.id IS NULL OR (a.value ->> 1 = 'ended' AND e.reason IS NOT 'client_left')`;
  const rows = database.prepare<[string], { problem: string }>(sql).all(JSON.stringify([...acknowledged]));
  return rows.map(({ problem }) => problem);
}
