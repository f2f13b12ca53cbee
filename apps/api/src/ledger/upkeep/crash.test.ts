import { sampleOpened } from "@lastbeat/core/testing";
import { describe, expect, it } from "vitest";
import { kill, startVictim } from "../testing/crashVictim.ts";
import { readEntries, scratch } from "../testing/scratchStore.ts";

describe("after kill -9", () => {
  it("LED1 LED3 nothing acknowledged is missing and every open session is ended once, with its interval", async () => {
    await using place = scratch();
    for (const [round, writes] of [40, 400, 900].entries()) {
      const victim = startVictim(place, `round${round}`);
      await victim.reached(writes);
      const [lived] = place.sql<{ alive_at_ms: number }>("SELECT max(alive_at_ms) AS alive_at_ms FROM boots");
      const killedAtMs = Date.now();
      await kill(victim);
      const goneAtMs = Date.now();
      const openBefore = place.sql<{ session_id: string }>("SELECT session_id FROM open_sessions").map((row) => row.session_id);
      const store = await place.open();
      const restartedMs = Date.now();

      const ended = new Map(readEntries(place).map((entry) => [entry.opened.sessionId, entry.ended]));
      for (const line of victim.acknowledged.slice(1)) {
        const [what, id = ""] = line.split(" ");
        expect(ended.has(id), line).toBe(true);
        if (what === "ended") expect(ended.get(id)?.reason, line).toBe("client_left");
      }
      expect(openBefore.length).toBeGreaterThan(0);
      for (const id of openBefore) {
        const end = ended.get(id);
        expect(end).toMatchObject({ reason: "server_crashed", tier: "recovery", initiator: "server", closeCode: null });
        const [fromMs = 0, toMs = 0] = end?.crashedBetweenMs ?? [];
        expect(fromMs).toBeGreaterThanOrEqual(lived?.alive_at_ms ?? Number.NaN);
        expect(fromMs).toBeLessThanOrEqual(goneAtMs);
        expect(toMs).toBeGreaterThanOrEqual(killedAtMs);
        expect(toMs).toBeLessThanOrEqual(restartedMs);
        expect(end?.detectedAtMs).toBe(toMs);
      }
      expect(place.sql("SELECT * FROM open_sessions")).toEqual([]);
      expect(place.lines.at(-1)).toBe(`${openBefore.length} sessions of a server that died were ended as server_crashed`);
      await store.close();
    }
    const [counts] = place.sql("SELECT (SELECT sum(count) FROM rollup) AS counted, (SELECT count(*) FROM ends) AS rows");
    expect(counts).toEqual({ counted: readEntries(place).length, rows: readEntries(place).length });
  }, 180_000);

  it("LED3 leaves the sessions of a server that stopped cleanly alone, and says in the events when it ran", async () => {
    await using place = scratch();
    const first = await place.open();
    await first.close();
    await (await place.open()).close();
    expect(place.sql("SELECT type, session_id FROM events ORDER BY seq")).toEqual([
      { type: "started", session_id: null },
      { type: "stopped", session_id: null },
      { type: "started", session_id: null },
      { type: "stopped", session_id: null },
    ]);
    expect(place.sql("SELECT count(*) AS boots FROM boots WHERE stopped_at_ms >= started_at_ms")).toEqual([{ boots: 2 }]);
    expect(place.lines).toEqual([]);
  });

  it("LED3 ends what a server left open although it stopped: it has no end of its own", async () => {
    await using place = scratch();
    const first = await place.open({ now: () => 1_700_000_000_000 });
    await first.ledger.opened(sampleOpened("session_a", { openedAtMs: 1_700_000_000_000 }));
    await first.close();
    const second = await place.open({ now: () => 1_700_000_900_000 });
    const end = await second.ends.get("session_a");
    expect(end).toMatchObject({ reason: "server_crashed", lastSeenAtMs: 1_700_000_000_000 });
    const [fromMs = 0, toMs = 0] = end?.crashedBetweenMs ?? [];
    expect(fromMs).toBeGreaterThanOrEqual(1_700_000_000_000);
    expect(fromMs).toBeLessThan(1_700_000_900_000);
    expect(toMs).toBeGreaterThanOrEqual(1_700_000_900_000);
    expect(end?.detectionMs).toBe(toMs - fromMs);
  });

  it("LED3 renews its sign of life while nothing is written", async () => {
    await using place = scratch();
    await place.open();
    const alive = () => place.sql<{ alive_at_ms: number }>("SELECT alive_at_ms FROM boots")[0]?.alive_at_ms ?? 0;
    for (let renewed = 0; renewed < 2; renewed += 1) {
      const before = alive();
      await expect.poll(alive, { timeout: 30_000, interval: 50 }).toBeGreaterThan(before);
      expect(alive()).toBeLessThanOrEqual(Date.now());
    }
  });
});
