import { describe, expect, it } from "vitest";
import { createTestBench } from "../testing/bench.ts";
import { RecentDeaths } from "./recent.ts";

const graceful = { settings: { resumeGraceMs: 30_000, sessionTimeoutMs: 3_600_000 } };

/** A bench with one client that heartbeats have just declared dead. */
async function withDeadClient(options: Parameters<typeof createTestBench>[0] = {}) {
  const bench = createTestBench(options);
  const client = await bench.join({ mute: true });
  await bench.waitWhile(() => client.session.state === "active");
  return { ...bench, ...client, ticket: { sessionId: client.session.id, token: client.token } };
}

describe("a client that returns after it was declared dead", () => {
  it("HB5 counts a late frame on the socket of a session that was ended", async () => {
    const { connection, keeper, story, session } = await withDeadClient();
    expect(connection.received(4)).toBe(false);
    expect(keeper.stats().falsePositives).toBe(1);
    expect(story(session.id).at(-1)).toBe("came_back");
  });

  it("HB5 counts a late frame on the socket of a session that was suspended", async () => {
    const { connection, keeper, story, session } = await withDeadClient(graceful);
    expect(connection.received(4)).toBe(false);
    expect(session.state).toBe("suspended");
    expect(keeper.stats().falsePositives).toBe(1);
    expect(story(session.id).at(-1)).toBe("came_back");
  });

  it("HB5 counts one death once, however often its client returns", async () => {
    const { connection, keeper, join, ticket } = await withDeadClient(graceful);
    connection.received(4);
    connection.received(4);
    await join({ resume: ticket });
    expect(keeper.stats().falsePositives).toBe(1);
  });

  it("HB5 counts a second death of a session that was resumed", async () => {
    const { waitWhile, keeper, join, ticket, session } = await withDeadClient(graceful);
    const back = await join({ mute: true, resume: ticket });
    await waitWhile(() => session.state === "active");
    await join({ resume: { ...ticket, token: back.token } });
    expect(keeper.stats().falsePositives).toBe(2);
  });

  it("HB5 does not count a client that returns more than 60 s after the verdict", async () => {
    const { clock, keeper, join, ticket } = await withDeadClient();
    await clock.advanceAsync(60_000, 1_000);
    await join({ resume: ticket });
    expect(keeper.stats().falsePositives).toBe(0);
  });

  it("HB5 counts from the verdict, not from the end of the grace that followed it", async () => {
    const { clock, keeper, join, ticket, session } = await withDeadClient({ settings: { resumeGraceMs: 50_000 } });
    await clock.advanceAsync(51_000, 1_000);
    expect(session.state).toBe("ended");
    await clock.advanceAsync(15_000, 1_000);
    await join({ resume: ticket });
    expect(keeper.stats().falsePositives).toBe(0);
  });

  it("HB5 counts no return without the session's token", async () => {
    const { keeper, join, ticket } = await withDeadClient();
    await join({ resume: { ...ticket, token: "A".repeat(43) } });
    expect(keeper.stats().falsePositives).toBe(0);
  });

  it("HB5 counts only deaths declared by heartbeats", async () => {
    const { clock, keeper, join } = createTestBench();
    const { session, connection, token } = await join();
    connection.closed(1006, "");
    connection.received(4);
    await clock.advanceAsync(100);
    await join({ resume: { sessionId: session.id, token } });
    expect(keeper.stats().falsePositives).toBe(0);
  });

  it("HB5 the expiry of one death leaves a later one of the same session", () => {
    const deaths = new RecentDeaths();
    const death = { sessionId: "session_a", reason: "unreachable", tokenHash: "" } as const;
    deaths.add({ ...death, diedMs: 0 });
    deaths.refute("session_a");
    deaths.add({ ...death, diedMs: 50_000 });
    deaths.advance(60_000);
    expect(deaths.get("session_a")?.diedMs).toBe(50_000);
    deaths.advance(110_000);
    expect(deaths.get("session_a")).toBe(undefined);
    deaths.refute("session_a");
    expect(deaths.falsePositives).toBe(1);
  });
});

describe("suspicion", () => {
  it("HB3 emits a suspicion before the next send can end the session", async () => {
    const { waitWhile, clock, join, keeper } = createTestBench();
    const { socket } = await join({ mute: true });
    const heard: string[] = [];
    keeper.on("suspect", ({ miss }) => heard.push(`suspect ${miss}`));
    keeper.on("refuted", () => heard.push("refuted"));
    keeper.on("ending", ({ reason }) => heard.push(`ending ${reason}`));
    await waitWhile(() => socket.count("heartbeat") === 0);
    socket.broken = new Error("gone");
    await clock.advanceAsync(20_000, 500);
    expect(heard).toEqual(["suspect 1", "ending connection_lost"]);
  });

  it("HB3 sends nothing more when a listener ends the suspect session", async () => {
    const { clock, join, keeper, ledger } = createTestBench();
    const { socket, session } = await join({ mute: true });
    keeper.on("suspect", () => void session.end("suspects are not kept here"));
    await clock.advanceAsync(51_000, 500);
    expect(socket.calls).toEqual(["heartbeat", "notice:ending", "close:4507", "terminate"].slice(0, socket.calls.length));
    expect(ledger.entry(session.id)?.ended).toMatchObject({ reason: "ended_by_application", misses: 1 });
  });

  it("HB4 an answer refutes a suspicion in events, counts and the ledger", async () => {
    const { waitWhile, join, keeper, ledger, engine } = createTestBench();
    const { connection, session } = await join({ mute: true });
    const heard: string[] = [];
    keeper.on("refuted", ({ misses }) => heard.push(`refuted ${misses}`));
    await waitWhile(() => session.snapshot().misses < 2);
    expect(keeper.stats().suspect).toBe(1);
    connection.received(4);
    expect(heard).toEqual(["refuted 2"]);
    expect(keeper.stats()).toMatchObject({ suspect: 0, falsePositives: 0 });
    expect(ledger.events().map(({ event }) => event)).toEqual([
      { type: "suspect", miss: 1, maxFailures: 3, cause: "no answer within 20 s" },
      { type: "suspect", miss: 2, maxFailures: 3, cause: "no answer within 20 s" },
      { type: "refuted", misses: 2, afterMs: 40_000 },
    ]);
    expect(engine.silences.all()).toEqual([{ silenceMs: 40_000, outcome: "answered" }]);
  });
});
