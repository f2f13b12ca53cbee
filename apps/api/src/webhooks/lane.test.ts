import { settle } from "@lastbeat/core/testing";
import { describe, expect, it } from "vitest";
import type { DueDelivery } from "../ledger/read/deliveryReads.ts";
import type { DeliveryReport } from "../ledger/write/deliveryWriter.ts";
import { Lane } from "./lane.ts";
import { AT_ONCE } from "./pace.ts";
import { type AttemptResult, GIVE_UP_AFTER_MS } from "./retryPlan.ts";

interface Row {
  readonly id: number;
  createdAtMs: number;
  dueAtMs: number;
  attempts: number;
  dead: boolean;
}

const delivered: AttemptResult = { delivered: true };
const failed = (error = "answered 500"): AttemptResult => ({
  delivered: false,
  error,
  refusedForGood: false,
  retryAfterMs: null,
});

/** A lane on an outbox in memory, whose time the test moves. */
class Staged {
  nowMs = 1_000_000;
  readonly rows = new Map<number, Row>();
  readonly posted: number[] = [];
  readonly reports: DeliveryReport[] = [];
  answer: (id: number) => AttemptResult | Promise<AttemptResult> = () => delivered;
  store: () => Promise<void> = async () => {};
  readonly lane: Lane;

  constructor() {
    this.lane = new Lane({
      webhook: "crm",
      due: (nowMs, { limit, except }) =>
        this.#due(nowMs)
          .filter(({ id }) => !except.has(id))
          .slice(0, limit),
      post: async ({ messageId }) => {
        this.posted.push(Number(messageId));
        return this.answer(Number(messageId));
      },
      store: async (report) => {
        await this.store();
        this.#apply(report);
      },
      nowMs: () => this.nowMs,
      random: () => 1,
    });
  }

  add(...ids: readonly number[]): void {
    for (const id of ids) this.rows.set(id, { id, createdAtMs: this.nowMs, dueAtMs: this.nowMs, attempts: 0, dead: false });
  }

  waiting(): number[] {
    return [...this.rows.values()].filter(({ dead }) => !dead).map(({ id }) => id);
  }

  /** Polls until nothing more happens at this time. */
  async poll(): Promise<void> {
    for (let round = 0; round < 300; round += 1) {
      const before = this.posted.length + this.reports.length;
      this.lane.poll();
      await settle();
      if (this.posted.length + this.reports.length === before) return;
    }
  }

  async advance(ms: number, stepMs = 250): Promise<void> {
    for (const untilMs = this.nowMs + ms; this.nowMs < untilMs; ) {
      this.nowMs += stepMs;
      await this.poll();
    }
  }

  #due(nowMs: number): DueDelivery[] {
    return [...this.rows.values()]
      .filter(({ dead, dueAtMs }) => !dead && dueAtMs <= nowMs)
      .sort((a, b) => a.dueAtMs - b.dueAtMs || a.id - b.id)
      .map(({ id, attempts, createdAtMs }) => ({ id, attempts, createdAtMs, messageId: String(id), body: "{}" }));
  }

  #apply(report: DeliveryReport): void {
    this.reports.push(report);
    for (const id of report.delivered) this.rows.delete(id);
    for (const { id, dueAtMs } of report.failed) {
      const row = this.rows.get(id) as Row;
      row.attempts += 1;
      if (dueAtMs === null) row.dead = true;
      else row.dueAtMs = dueAtMs;
    }
    for (const row of this.rows.values()) if (report.giveUp !== null && row.createdAtMs < report.giveUp.beforeMs) row.dead = true;
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

describe("delivering to a webhook", () => {
  it("WHK2 posts in the order of writing, each once, and removes what is delivered", async () => {
    const staged = new Staged();
    staged.add(...numbers(1_000));
    await staged.poll();
    expect(staged.posted).toEqual(numbers(1_000));
    expect([staged.waiting(), staged.lane.isIdle]).toEqual([[], true]);
  });

  it("WHK7 has at most eight under way, and holds no more than two hundred, however many wait", async () => {
    const staged = new Staged();
    staged.add(...numbers(10_000));
    staged.answer = () => new Promise(() => {});
    await staged.poll();
    expect(staged.posted).toEqual(numbers(AT_ONCE));

    const unstored = new Staged();
    unstored.add(...numbers(10_000));
    unstored.store = () => new Promise(() => {});
    await unstored.poll();
    expect(unstored.posted.length).toBe(200);
  });

  it("WHK2 a report that cannot be stored is made again, and what it delivered is not posted again", async () => {
    const staged = new Staged();
    staged.add(1, 2, 3);
    let refusals = 3;
    staged.store = async () => {
      refusals -= 1;
      if (refusals >= 0) throw new Error("the disk is full");
    };
    await staged.advance(5_000);
    expect([staged.posted, staged.waiting()]).toEqual([[1, 2, 3], []]);
  });

  it("WHK3 a delivery that fails is tried again after 1, 2, 4 s, and the others do not wait for it", async () => {
    const staged = new Staged();
    staged.answer = (id) => (id === 1 ? failed() : delivered);
    const at: number[] = [];
    staged.add(1);
    for (let second = 0; second < 32; second += 1) {
      const before = staged.posted.filter((id) => id === 1).length;
      staged.add(100 + second);
      await staged.poll();
      if (staged.posted.filter((id) => id === 1).length > before) at.push(second);
      staged.nowMs += 1_000;
    }
    expect(at).toEqual([0, 1, 3, 7, 15, 31]);
    expect(staged.waiting()).toEqual([1]);
  });

  it("WHK3 one that fails for three days is given up", async () => {
    const staged = new Staged();
    staged.answer = (id) => (id === 1 ? failed() : delivered);
    staged.add(1);
    await staged.advance(GIVE_UP_AFTER_MS, 600_000);
    expect([staged.rows.get(1)?.dead, staged.waiting()]).toEqual([false, [1]]);
    await staged.advance(3_600_000, 600_000);
    expect([staged.rows.get(1)?.dead, staged.waiting()]).toEqual([true, []]);
  });

  it("WHK4 a receiver that is down is asked once a minute, whatever waits, and gets everything once it answers", async () => {
    const staged = new Staged();
    staged.answer = () => failed("connect ECONNREFUSED");
    staged.add(...numbers(5_000));
    await staged.advance(3_600_000, 1_000);
    expect(staged.posted.length).toBeLessThan(AT_ONCE + 8 + 60);
    expect([staged.lane.pace.isDown, staged.lane.pace.error]).toEqual([true, "connect ECONNREFUSED"]);
    staged.answer = () => delivered;
    await staged.advance(2 * 3_600_000, 60_000);
    expect(staged.waiting()).toEqual([]);
    expect(staged.lane.pace.isDown).toBe(false);
  });

  it("WHK3 what waited three days for a receiver that is down is given up, but not what is younger", async () => {
    const staged = new Staged();
    staged.answer = () => failed();
    staged.add(...numbers(5_000));
    await staged.advance(GIVE_UP_AFTER_MS - 600_000, 120_000);
    staged.add(6_000);
    expect(staged.waiting().length).toBe(5_001);
    await staged.advance(1_200_000, 60_000);
    expect(staged.waiting()).toEqual([6_000]);
  });

  it("WHK3 what was written long before this start is tried before it is given up", async () => {
    const staged = new Staged();
    staged.add(...numbers(20));
    staged.nowMs += 10 * GIVE_UP_AFTER_MS;
    await staged.poll();
    expect([staged.posted.length, staged.waiting()]).toEqual([20, []]);
  });

  it("WHK2 what is cut off when the server stops is left as it was", async () => {
    const staged = new Staged();
    staged.add(1, 2);
    const cut = Promise.withResolvers<AttemptResult>();
    staged.answer = (id) => (id === 1 ? cut.promise : delivered);
    await staged.poll();
    staged.lane.stop();
    cut.resolve(failed("socket hang up"));
    await staged.poll();
    expect([staged.waiting(), staged.rows.get(1)?.attempts, staged.lane.isIdle]).toEqual([[1], 0, true]);
  });
});
