import fc from "fast-check";
import { expect, it } from "vitest";
import type { SessionState } from "../rules/session.ts";
import { createTestBench, type TestBench } from "../testing/bench.ts";
import { holdsAsync } from "../testing/property.ts";
import { settle } from "../testing/virtualClock.ts";
import type { SessionRecord } from "./record.ts";
import type { Connection, Session } from "./types.ts";

type Kind = SessionState["name"];

const reports = ["answer", "pong", "close", "goodbye", "violate", "fail"] as const;
const commands = ["connect", "touch", "end", "settings"] as const;

type Step =
  | { readonly do: (typeof reports)[number]; readonly which: number }
  | { readonly do: (typeof commands)[number] }
  | { readonly do: "wait" | "pause"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom(...reports), which: fc.nat(3) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom(...commands, "connect" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom("wait" as const, "wait" as const, "pause" as const), ms: fc.nat(40_000) }),
  },
);

const fields: Record<Kind, readonly string[]> = {
  opening: ["name", "link", "helloByMs", "bytes", "frames", "phase"],
  // The connection, which has its name and link by its class.
  active: [
    "socket",
    "lastSentMs",
    "driven",
    "misses",
    "dueMs",
    "sentMs",
    "sentMonoMs",
    "limitMs",
    "pauses",
    "renewals",
    "transportAnswered",
    "suspectMs",
  ],
  suspended: ["name", "sinceMs", "untilMs", "loss", "misses"],
  ending: ["name", "cause", "detectedMs", "misses", "waiting"],
  ended: ["end", "name"],
};

/** The states that may be observed after a state, when a wait may have passed through several. */
const later: Record<Kind, readonly Kind[]> = {
  opening: ["active"],
  active: ["suspended", "ending", "ended"],
  suspended: ["active", "ending", "ended"],
  ending: ["ended"],
  ended: [],
};

/** One session of a running keeper, and connections that come and go on it. */
class Life {
  readonly bench: TestBench;
  readonly session: Session;
  readonly record: SessionRecord;
  readonly connections: Connection[];
  readonly ends: string[] = [];
  #ticket: string;
  #kind: Kind = "active";
  #revision = 0;

  constructor(bench: TestBench, { session, connection, token }: { session: Session; connection: Connection; token: string }) {
    this.bench = bench;
    this.session = session;
    this.record = bench.recordOf(session);
    this.connections = [connection];
    this.#ticket = token;
    bench.keeper.on("ended", ({ end }) => {
      if (end.sessionId === session.id) this.ends.push(end.reason);
    });
  }

  async run(next: Step): Promise<void> {
    switch (next.do) {
      case "connect":
        await this.#connect();
        break;
      case "touch":
        this.session.touch();
        break;
      case "end":
        void this.session.end();
        break;
      case "settings":
        this.#changeSettings();
        break;
      case "wait":
        await this.bench.clock.advanceAsync(next.ms, 10_000);
        break;
      case "pause":
        this.bench.clock.pause(next.ms);
        break;
      default:
        this.#report(next.do, next.which);
    }
    await settle();
    this.look();
  }

  /** A state has its own fields and no others, and follows the diagram. */
  look(): void {
    const { state } = this.record;
    expect(Object.keys(state).toSorted()).toEqual(fields[state.name].toSorted());
    if (state.name !== this.#kind) expect(later[this.#kind]).toContain(state.name);
    this.#kind = state.name;
  }

  async #connect(): Promise<void> {
    const { connection } = this.bench.connect();
    const resume = { sessionId: this.session.id, token: this.#ticket };
    const result = await connection.hello({ user: "ada", resume });
    if (!result.accepted) return;
    if (result.session !== this.session) {
      void result.session.end("of no interest");
      return;
    }
    expect(result.welcome.resumeToken).not.toBe(this.#ticket);
    this.connections.push(connection);
    this.#ticket = result.welcome.resumeToken;
  }

  #changeSettings(): void {
    const { keeper } = this.bench;
    this.#revision += 1;
    const heartbeatIntervalMs = this.#revision % 2 === 0 ? 30_000 : 22_000;
    keeper.applySettings({ ...keeper.settings, heartbeatIntervalMs }, { revision: this.#revision, author: "grace" });
  }

  #report(what: (typeof reports)[number], which: number): void {
    const chosen = this.connections[which % this.connections.length] as Connection;
    const before = this.#facts();
    if (what === "answer") chosen.received(4);
    else if (what === "pong") chosen.ponged();
    else if (what === "close") chosen.closed(1006, "");
    else if (what === "goodbye") chosen.goodbye();
    else if (what === "violate") chosen.violated("junk");
    else chosen.failed(new Error("reset"));
    // Only the latest connection is current.
    if (chosen !== this.connections.at(-1)) expect(this.#facts()).toEqual(before);
  }

  #facts() {
    const { state, seenMs, activeMs, epoch } = this.record;
    const beat = state.name === "active" ? { ...state } : null;
    return { kind: state.name, seenMs, activeMs, epoch, beat };
  }
}

it("SES1 SES2 SES3 a session ends once, for the first reason, follows its diagram, and ignores older connections", async () => {
  await holdsAsync(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.constantFrom(0, 30_000), async (steps, resumeGraceMs) => {
      const bench = createTestBench({ settings: { resumeGraceMs, sessionTimeoutMs: 60_000, heartbeatMaxFailures: 2 } });
      const life = new Life(bench, await bench.join({ mute: true }));
      for (const next of steps) await life.run(next);
      const { clock, keeper, ledger, engine } = bench;
      const { session, ends } = life;
      void session.end();
      await clock.advanceAsync(200);
      life.look();
      expect(session.state).toBe("ended");
      expect(ends).toEqual([ledger.entry(session.id)?.ended?.reason]);
      await Promise.all([keeper.close(), clock.advanceAsync(200)]);
      expect({ timers: clock.timers, armed: engine.wheel.size, suspects: keeper.stats().suspect }).toEqual({
        timers: 0,
        armed: 0,
        suspects: 0,
      });
    }),
    80,
  );
}, 30_000);
