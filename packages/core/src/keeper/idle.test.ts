/** The idle warning across reconnects and changes of settings; a reconnect is not activity. */
import { describe, expect, it } from "vitest";
import { idleBoundMs } from "../settings/bounds.ts";
import { createTestBench, type TestBench } from "../testing/bench.ts";

const settings = { sessionTimeoutMs: 60_000, idleWarningMs: 30_000, resumeGraceMs: 20_000 };
const revision = { revision: 1, author: "grace" };

type Leave = (connection: { closed(code: number, reason: string): void }) => void;

/** Resumes the session every 25 s for five minutes, without any activity. */
async function reconnecting({ clock, join }: TestBench, leave: Leave, awayMs: number) {
  let { session, connection, token } = await join();
  const first = session;
  const warnings: number[] = [];
  for (let turn = 0; turn < 12 && first.state !== "ended"; turn += 1) {
    await clock.advanceAsync(25_000, 500);
    leave(connection);
    await clock.advanceAsync(awayMs, 100);
    const back = await join({ resume: { sessionId: session.id, token } });
    ({ session, connection, token } = back);
    await clock.advanceAsync(100);
    for (const notice of back.socket.notices) if (notice.type === "idle_warning") warnings.push(notice.endsInMs);
  }
  return { first, warnings };
}

describe("a client that reconnects without activity", () => {
  it("TO2 becomes idle on time when each connection replaces the previous one", async () => {
    const bench = createTestBench({ settings });
    const { first, warnings } = await reconnecting(bench, () => {}, 0);
    const ended = bench.ledger.entry(first.id)?.ended;
    expect(ended).toMatchObject({ reason: "idle" });
    expect(ended?.detectionMs).toBeLessThanOrEqual(60_100);
    // A connection that takes over a session about to end is told the remaining time.
    expect(warnings[0]).toBeGreaterThan(0);
    expect(warnings[0]).toBeLessThan(11_000);
  });

  it("TO2 becomes idle when it loses its connection and resumes, within the published bound", async () => {
    const bench = createTestBench({ settings });
    const { first } = await reconnecting(bench, (connection) => connection.closed(1006, ""), 15_000);
    const ended = bench.ledger.entry(first.id)?.ended;
    expect(ended).toMatchObject({ reason: "idle" });
    expect(ended?.detectionMs).toBeLessThanOrEqual(idleBoundMs(bench.keeper.settings));
  });

  it("TO2 is warned even when no connection lasts for a tick", async () => {
    const { clock, join, ledger } = createTestBench({ settings });
    let { session, connection, token } = await join();
    for (let turn = 0; turn < 20 && session.state !== "ended"; turn += 1) {
      connection.closed(1006, "");
      await clock.advanceAsync(15_000, 500);
      ({ session, connection, token } = await join({ resume: { sessionId: session.id, token } }));
      if (ledger.entries()[0]?.ended !== null) break;
      await clock.advanceAsync(50);
    }
    expect(ledger.entries()[0]?.ended).toMatchObject({ reason: "idle" });
  });
});

describe("a change of settings during the warning", () => {
  it("TO2 a timeout raised far enough withdraws the warning and applies", async () => {
    const { clock, join, keeper, story, ledger } = createTestBench({ settings });
    const { session, socket } = await join();
    await clock.advanceAsync(45_000, 500);
    keeper.applySettings({ ...keeper.settings, sessionTimeoutMs: 3_600_000 }, revision);
    await clock.advanceAsync(3_500_000, 1_000);
    expect(session.state).toBe("active");
    expect(story(session.id)).toEqual(["idle_warned", "idle_cleared"]);
    expect(socket.notices.map(({ type }) => type)).toEqual(["idle_warning", "terms", "idle_cleared"]);
    await clock.advanceAsync(101_000, 500);
    expect(ledger.entry(session.id)?.ended).toMatchObject({ reason: "idle", detectionMs: 3_600_000 });
  });

  it("TO2 a timeout raised slightly gives the warned user the extra time", async () => {
    const { clock, join, keeper, ledger } = createTestBench({ settings });
    const { session, socket } = await join();
    await clock.advanceAsync(45_000, 500);
    keeper.applySettings({ ...keeper.settings, sessionTimeoutMs: 70_000 }, revision);
    await clock.advanceAsync(100);
    expect(socket.notices.at(-1)).toEqual({ type: "idle_warning", endsInMs: 25_000 });
    await clock.advanceAsync(30_000, 500);
    expect(ledger.entry(session.id)?.ended).toMatchObject({ reason: "idle", detectionMs: 70_000 });
  });

  it("TO2 a change of something else leaves the warning alone", async () => {
    const { clock, join, keeper } = createTestBench({ settings });
    const { session, socket } = await join();
    await clock.advanceAsync(45_000, 500);
    keeper.applySettings({ ...keeper.settings, heartbeatMaxFailures: 5 }, revision);
    await clock.advanceAsync(14_000, 500);
    expect(socket.notices.map(({ type }) => type)).toEqual(["idle_warning", "terms"]);
    await clock.advanceAsync(1_100, 100);
    expect(session.state).toBe("ended");
  });
});
