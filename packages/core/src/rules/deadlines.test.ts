import { describe, expect, it } from "vitest";
import { resolveSettings } from "../settings/settings.ts";
import { createTestBench } from "../testing/bench.ts";
import { sampleCause, sampleRecord, sampleStates } from "../testing/sampleRecords.ts";
import { type DeadlineExplanation, explainDeadlines } from "./timeouts.ts";

const { opening, recording, over, active, suspended, ending, ended } = sampleStates;
const settings = resolveSettings({ sessionLifetimeMs: 600_000 });

describe("the list of deadlines", () => {
  const lifetime = { kind: "lifetime", dueInMs: 599_000, movedBy: "opening" } as const;
  const idle = (movedBy: string): DeadlineExplanation[] => [
    { kind: "idle_warning", dueInMs: 149_000, movedBy },
    { kind: "idle", dueInMs: 179_000, movedBy },
  ];
  const cases: [string, ReturnType<typeof sampleRecord>, DeadlineExplanation[]][] = [
    ["SES4 before the hello", sampleRecord(opening()), [{ kind: "hello", dueInMs: 9_000, movedBy: "connecting" }]],
    ["SES4 while the opening is recorded", sampleRecord(recording()), [{ kind: "hello", dueInMs: 9_000, movedBy: "connecting" }]],
    ["SES4 of a connection that was refused", sampleRecord(over()), []],
    [
      "HB1 between two beats",
      sampleRecord(active(), { beatMovedBy: "attaching", idleMovedBy: "opening" }),
      [{ kind: "heartbeat", dueInMs: 29_000, movedBy: "attaching" }, ...idle("opening"), lifetime],
    ],
    [
      "HB3 while a beat is outstanding",
      sampleRecord(active({ sentMs: 500, limitMs: 20_000 }), {
        beatMovedBy: "a heartbeat that was sent",
        idleMovedBy: "opening",
      }),
      [{ kind: "pong", dueInMs: 19_500, movedBy: "a heartbeat that was sent" }, ...idle("opening"), lifetime],
    ],
    [
      "TO2 of a user who was warned",
      sampleRecord(active(), {
        beatMovedBy: "x",
        idleMovedBy: "the idle warning",
        activeMs: -167_100,
        idleWarnedMs: 900,
        idleWarningMs: 12_000,
      }),
      [
        { kind: "idle", dueInMs: 11_900, movedBy: "the idle warning" },
        { kind: "heartbeat", dueInMs: 29_000, movedBy: "x" },
        lifetime,
      ],
    ],
    [
      "TO3 of a busy session",
      sampleRecord(active(), { beatMovedBy: "x", holdings: { resources: [], busy: ["generating"], bytes: 0 } }),
      [{ kind: "heartbeat", dueInMs: 29_000, movedBy: "x" }, lifetime],
    ],
    [
      "SES5 of a suspended session",
      sampleRecord(suspended(31_000, sampleCause("unreachable"))),
      [{ kind: "grace", dueInMs: 30_000, movedBy: "connection lost (unreachable)" }, lifetime],
    ],
    ["TO4 of an ending session", sampleRecord(ending()), [{ kind: "stuck_ending", dueInMs: 29_000, movedBy: "ending (idle)" }]],
    ["SES2 of a session that has ended", sampleRecord(ended()), []],
  ];
  it.each(cases)("%s", (_, record, deadlines) => expect(explainDeadlines(record, settings, 1_000)).toEqual(deadlines));
});

describe("what last moved a deadline", () => {
  /** A live session, and what an operator sees about one of its deadlines. */
  async function explained(options: Parameters<typeof createTestBench>[0] = {}, mute = false) {
    const bench = createTestBench(options);
    const client = await bench.join({ mute });
    const ask = (kind: DeadlineExplanation["kind"]) => bench.keeper.explain(client.session.id)?.find((it) => it.kind === kind);
    const movedBy = (kind: DeadlineExplanation["kind"]) => ask(kind)?.movedBy;
    const change = (to: object, revision = 1) =>
      bench.keeper.applySettings({ ...bench.keeper.settings, ...to }, { revision, author: "grace" });
    return { ...bench, ...client, ask, movedBy, change };
  }

  it("HB1 the attach, a beat sent, an answer, a miss, a pause", async () => {
    const { waitWhile, clock, movedBy, connection, session, socket } = await explained({}, true);
    expect(movedBy("heartbeat")).toBe("attaching");
    await waitWhile(() => socket.count("heartbeat") === 0);
    expect(movedBy("pong")).toBe("a heartbeat that was sent");
    expect(movedBy("heartbeat")).toBe(undefined);
    connection.received(4);
    expect(movedBy("heartbeat")).toBe("an answered heartbeat");
    await waitWhile(() => session.snapshot().misses === 0);
    expect(movedBy("pong")).toBe("a heartbeat that was missed");
    clock.pause(5_000);
    clock.advance(21_000);
    expect(movedBy("pong")).toBe("a server pause");
  });

  it("TO2 opening, user activity, the warning, the end of work", async () => {
    const { clock, movedBy, session } = await explained();
    expect(movedBy("idle")).toBe("opening");
    session.touch();
    expect(movedBy("idle_warning")).toBe("something the user did");
    await clock.advanceAsync(150_000, 5_000);
    expect([movedBy("idle"), movedBy("idle_warning")]).toEqual(["the idle warning", undefined]);
    {
      using _ = session.busy("generating");
      expect(movedBy("idle")).toBe(undefined);
    }
    expect(movedBy("idle")).toBe("the end of generating");
  });

  it("HB6 a change of settings moves only the deadlines that depend on it", async () => {
    const { ask, movedBy, change, keeper } = await explained();
    change({ sessionTimeoutMs: 100_000 }, 4);
    expect(ask("idle")).toEqual({ kind: "idle", dueInMs: 100_000, movedBy: "settings revision 4" });
    expect(movedBy("idle_warning")).toBe("settings revision 4");
    expect(movedBy("heartbeat")).toBe("attaching");
    change({ heartbeatIntervalMs: 1_000, heartbeatPongTimeoutMs: 1_000 }, 5);
    expect([movedBy("heartbeat"), movedBy("idle")]).toEqual(["settings revision 5", "settings revision 4"]);
    change({ sessionLifetimeMs: 3_600_000 }, 6);
    expect(ask("lifetime")).toEqual({ kind: "lifetime", dueInMs: 3_600_000, movedBy: "settings revision 6" });
    change({ maxSessions: 500 }, 7);
    expect([movedBy("heartbeat"), movedBy("idle"), movedBy("lifetime")]).toEqual(
      [5, 4, 6].map((revision) => `settings revision ${revision}`),
    );
    expect(keeper.explain("session_nobody")).toBe(undefined);
  });

  it("HB6 a change of settings moves neither an outstanding beat nor a warning in force", async () => {
    const { waitWhile, movedBy, change, ask, socket } = await explained(
      { settings: { sessionTimeoutMs: 65_000, idleWarningMs: 60_000, heartbeatIntervalMs: 60_000 } },
      true,
    );
    await waitWhile(() => socket.count("heartbeat") === 0);
    const before = [ask("pong"), ask("idle")];
    change({ heartbeatPongTimeoutMs: 1_000, heartbeatIntervalMs: 1_000, sessionTimeoutMs: 50_000, idleWarningMs: 1_000 });
    expect([ask("pong"), ask("idle")]).toEqual(before);
    expect([movedBy("pong"), movedBy("idle")]).toEqual(["a heartbeat that was sent", "the idle warning"]);
  });

  it("SES5 a lost connection leaves the grace deadline, and the next attach a heartbeat deadline", async () => {
    const { connection, ask, join, session, token, movedBy } = await explained({ settings: { resumeGraceMs: 30_000 } });
    connection.closed(1006, "");
    expect(ask("grace")).toEqual({ kind: "grace", dueInMs: 30_000, movedBy: "connection lost (connection_lost)" });
    expect(ask("heartbeat")).toBe(undefined);
    await join({ resume: { sessionId: session.id, token } });
    expect(movedBy("heartbeat")).toBe("attaching");
  });

  it("TIM1 reports deadlines in observed time, so a pause brings none nearer", async () => {
    const { clock, ask } = await explained();
    clock.advance(1_000);
    const before = ask("idle")?.dueInMs ?? 0;
    clock.pause(60_000);
    clock.advance(100);
    expect(before - (ask("idle")?.dueInMs ?? 0)).toBeLessThanOrEqual(200);
  });
});
