import { createHash } from "node:crypto";
import { describe, expect, expectTypeOf, it } from "vitest";
import { createTestBench } from "../testing/bench.ts";
import { rowOf } from "./beatHistory.ts";
import { createSessionKeeper } from "./keeper.ts";

const graceful = { settings: { resumeGraceMs: 30_000, sessionTimeoutMs: 3_600_000 } };

describe("resume", () => {
  it("SES5 suspends a lost session and resumes it with all its resources", async () => {
    const { clock, join, connect, story, keeper } = createTestBench(graceful);
    const { session, connection, token } = await join({ room: "general" });
    let released = 0;
    session.own("cursor", { [Symbol.dispose]: () => (released += 1) });
    connection.closed(1006, "");
    expect(session.state).toBe("suspended");
    expect(session.socket).toBe(null);
    await clock.advanceAsync(29_000, 1_000);
    const { connection: next, socket } = connect();
    const result = await next.hello({ user: "ada", resume: { sessionId: session.id, token } });
    if (!result.accepted) throw new Error(result.refusal.detail);
    expect(result.session).toBe(session);
    expect(result.welcome).toMatchObject({ sessionId: session.id, resumed: true, resumeGraceMs: 30_000 });
    expect(result.welcome.resumeToken).not.toBe(token);
    expect(session).toMatchObject({ state: "active", room: "general", socket });
    expect(session.snapshot().resources).toEqual(["cursor"]);
    expect(released).toBe(0);
    expect(story(session.id)).toEqual(["suspended", "resumed"]);
    expect(keeper.stats().suspended).toBe(0);
  });

  it("SES5 keeps the application's data on a session, whatever the new hello brings", async () => {
    const { clock, ledger, connect } = createTestBench();
    const keeper = createSessionKeeper<{ cart: string[] }>({ clock, ledger, settings: graceful.settings });
    expectTypeOf(keeper.session("")?.data).toEqualTypeOf<{ cart: string[] } | undefined>();
    const hello = async (data: { cart: string[] }, resume?: { sessionId: string; token: string }) => {
      const connection = keeper.accept(connect().socket, { address: "192.0.2.1", client: "test", transport: "fake" });
      const result = await connection?.hello({ user: "ada", data, resume });
      if (result?.accepted !== true) throw new Error("refused");
      return { connection, ...result };
    };
    const { session, connection, welcome } = await hello({ cart: ["tea"] });
    session.data.cart.push("bread");
    connection?.closed(1006, "");
    const again = await hello({ cart: [] }, { sessionId: session.id, token: welcome.resumeToken });
    expect(again.session.data).toEqual({ cart: ["tea", "bread"] });
    again.session.data = { cart: ["salt"] };
    expect(keeper.session(session.id)?.data.cart).toEqual(["salt"]);
    // @ts-expect-error A session of this keeper has data of this type, so a hello brings it.
    void connection?.hello({ user: "ada" });
    const closed = keeper.close();
    await clock.advanceAsync(1_000);
    await closed;
  });

  it("SES5 ends for the reason the connection was lost when the grace runs out", async () => {
    const { clock, join, ledger } = createTestBench(graceful);
    const { session, connection } = await join();
    connection.closed(1006, "");
    await clock.advanceAsync(30_200);
    expect(ledger.entry(session.id)?.ended).toMatchObject({ reason: "connection_lost", resumeExpired: true, detectionMs: 0 });
  });

  it("SES5 suspends a session that heartbeats declared dead, and counts the return as a false positive", async () => {
    const { clock, join, keeper, story } = createTestBench(graceful);
    const { session, token, socket } = await join({ mute: true });
    while (session.state === "active") clock.advance(100);
    expect(session.state).toBe("suspended");
    expect(socket.closedWith?.code).toBe(4001);
    await clock.advanceAsync(5_000);
    await join({ resume: { sessionId: session.id, token } });
    expect(session.state).toBe("active");
    expect(keeper.stats().falsePositives).toBe(1);
    expect(story(session.id).slice(-2)).toEqual(["resumed", "came_back"]);
  });

  it("SES5 does not suspend a session whose client left, broke the protocol or was ended", async () => {
    const { clock, join, ledger } = createTestBench(graceful);
    const left = await join();
    left.connection.closed(1001, "");
    const broke = await join();
    broke.connection.violated("junk");
    await clock.advanceAsync(100);
    expect(ledger.entries().map(({ ended }) => ended?.reason)).toEqual(["client_left", "protocol_error"]);
  });

  it("SES5 refuses a wrong or used token without affecting the session", async () => {
    const { clock, join, connect } = createTestBench(graceful);
    const { session, connection, token } = await join();
    connection.closed(1006, "");
    const resumed = await join({ resume: { sessionId: session.id, token } });
    for (const wrong of [token, "", `${resumed.token}x`, "A".repeat(43)]) {
      const { connection: thief, socket } = connect();
      const result = await thief.hello({ user: "eve", resume: { sessionId: session.id, token: wrong } });
      expect(result).toMatchObject({ accepted: false, refusal: { reason: "unauthorized", closeCode: 4504 } });
      expect(socket.closedWith?.code).toBe(4504);
    }
    await clock.advanceAsync(100);
    expect(session.state).toBe("active");
    expect(session.socket).toBe(resumed.socket);
  });

  it("SES5 opens a new session for a client whose old one is over", async () => {
    const { clock, join } = createTestBench();
    const first = await join();
    first.connection.closed(1006, "");
    await clock.advanceAsync(100);
    const second = await join({ resume: { sessionId: first.session.id, token: first.token } });
    expect(second.session.id).not.toBe(first.session.id);
  });

  it("TO2 leaves a user who was away during the warning its remaining time", async () => {
    const { clock, join } = createTestBench({
      settings: { resumeGraceMs: 60_000, sessionTimeoutMs: 60_000, idleWarningMs: 20_000 },
    });
    const { session, connection, token } = await join();
    await clock.advanceAsync(45_000, 500);
    connection.closed(1006, "");
    await clock.advanceAsync(30_000, 500);
    const back = await join({ resume: { sessionId: session.id, token } });
    await clock.advanceAsync(500);
    expect(session.state).toBe("active");
    expect(back.socket.notices).toEqual([{ type: "idle_warning", endsInMs: 15_000 }]);
  });

  it("TO2 gives the full warning to a user who was away when it was due", async () => {
    const { clock, join } = createTestBench({
      settings: { resumeGraceMs: 60_000, sessionTimeoutMs: 60_000, idleWarningMs: 20_000 },
    });
    const { session, connection, token } = await join();
    await clock.advanceAsync(30_000, 500);
    connection.closed(1006, "");
    await clock.advanceAsync(50_000, 500);
    const back = await join({ resume: { sessionId: session.id, token } });
    await clock.advanceAsync(500);
    expect(back.socket.notices).toEqual([{ type: "idle_warning", endsInMs: 20_000 }]);
    await clock.advanceAsync(19_000, 500);
    expect(session.state).toBe("active");
  });
});

describe("the token", () => {
  it("SES5 has 256 random bits, is stored only as a hash, and is replaced at each attach", async () => {
    const { join, engine, recordOf } = createTestBench(graceful);
    const { session, token } = await join();
    const stored = engine.tokenHashes.get(rowOf(recordOf(session).beatMark));
    expect(Buffer.from(token, "base64url")).toHaveLength(32);
    expect(Buffer.from(stored, "latin1")).toEqual(createHash("sha256").update(token).digest().subarray(0, 16));
    expect(JSON.stringify([session.snapshot(), stored])).not.toContain(token);
    const tokens = new Set([token]);
    let latest = token;
    for (let times = 0; times < 20; times += 1) {
      latest = (await join({ resume: { sessionId: session.id, token: latest } })).token;
      tokens.add(latest);
    }
    expect(tokens.size).toBe(21);
    expect(session.snapshot().epoch).toBe(21);
  });

  it("SES3 of two connections that present the same token at once, one takes over the session and the other is refused", async () => {
    const { join, connect, keeper } = createTestBench(graceful);
    const { session, token } = await join();
    const resume = { sessionId: session.id, token };
    const results = await Promise.all([connect(), connect()].map(({ connection }) => connection.hello({ user: "ada", resume })));
    expect(results.map(({ accepted }) => accepted)).toEqual([true, false]);
    expect(session.snapshot()).toMatchObject({ state: "active", epoch: 2 });
    expect(keeper.stats()).toMatchObject({ active: 1, opening: 0, refusals: { unauthorized: 1 } });
  });
});

describe("the rest of a session", () => {
  it("SES5 a resume or takeover neither ends nor reopens the session, so it keeps its place", async () => {
    const { join, keeper } = createTestBench(graceful);
    const { session, connection, token } = await join({ room: "general" });
    const heard: string[] = [];
    for (const event of ["opened", "attached", "suspended", "ending", "ended"] as const)
      keeper.on(event, ({ session: whose }) => heard.push(`${event} ${whose === session ? "it" : "another"}`));
    connection.closed(1006, "");
    session.room = "moved while away";
    const back = await join({ resume: { sessionId: session.id, token } });
    await join({ room: "elsewhere", user: "another name", resume: { sessionId: session.id, token: back.token } });
    expect(heard).toEqual(["suspended it", "attached it", "attached it"]);
    expect(session).toMatchObject({ room: "moved while away", user: "ada" });
  });

  it("SES5 a session keeps its busy marks, warning and resources across a resume, and releases them once in the end", async () => {
    const { clock, join, ledger } = createTestBench(graceful);
    const { session, connection, token } = await join();
    const released: string[] = [];
    for (const name of ["first", "second"]) session.own(name, { [Symbol.dispose]: () => released.push(name) }, { bytes: 10 });
    using _ = session.busy("generating");
    connection.closed(1006, "");
    const back = await join({ resume: { sessionId: session.id, token } });
    await join({ resume: { sessionId: session.id, token: back.token } });
    expect(session.snapshot()).toMatchObject({ busy: ["generating"], declaredBytes: 20, resources: ["first", "second"] });
    void session.end();
    await clock.advanceAsync(100);
    expect(released).toEqual(["second", "first"]);
    expect(ledger.entry(session.id)?.ended).toMatchObject({ cleanup: "complete", resourcesReleased: 2 });
  });
});

describe("epochs", () => {
  it("SES3 the newer connection wins; the older one is closed as superseded and its events are ignored", async () => {
    const { clock, join, ledger, story } = createTestBench();
    const older = await join();
    const newer = await join({ resume: { sessionId: older.session.id, token: older.token } });
    expect(newer.session).toBe(older.session);
    expect(older.socket.closedWith).toEqual({ code: 4502, reason: "superseded" });
    expect(older.connection.received(10)).toBe(false);
    older.connection.closed(1006, "");
    older.connection.goodbye();
    older.connection.violated("junk");
    older.connection.failed(new Error("late"));
    await clock.advanceAsync(3_000);
    expect(newer.session.state).toBe("active");
    expect(newer.session.snapshot().epoch).toBe(2);
    expect(ledger.entries().map(({ ended }) => ended)).toEqual([null]);
    expect(story(newer.session.id)).toEqual(["superseded", "resumed"]);
  });

  it("SES3 an older connection's frames are no sign of life", async () => {
    const { clock, join, ledger } = createTestBench();
    const older = await join();
    const newer = await join({ mute: true, resume: { sessionId: older.session.id, token: older.token } });
    for (let second = 0; second < 91; second += 1) {
      older.connection.received(10);
      older.connection.ponged();
      await clock.advanceAsync(1_000, 500);
    }
    expect(ledger.entry(newer.session.id)?.ended?.reason).toBe("unreachable");
  });
});
