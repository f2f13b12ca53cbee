/**
 * Delivers to one webhook: takes what is due from the outbox, posts it, and reports what became of it. Holds a bounded number of
 * deliveries, however many wait (rule WHK7). Each is in hand until its report is stored, so none is posted twice while the server lives.
 */
import type { DueDelivery, Wanted } from "../ledger/read/deliveryReads.ts";
import type { DeliveryReport, FailedDelivery } from "../ledger/write/deliveryWriter.ts";
import { Pace } from "./pace.ts";
import type { Message } from "./poster.ts";
import { type AttemptResult, GIVE_UP_AFTER_MS, nextAttemptMs } from "./retryPlan.ts";

/** Deliveries in hand, most of which wait for their report to be stored. */
const IN_HAND = 200;

export interface LaneOptions {
  readonly webhook: string;
  readonly due: (nowMs: number, wanted: Wanted) => readonly DueDelivery[];
  /** Never rejects. */
  readonly post: (message: Message) => Promise<AttemptResult>;
  /** Resolves once the report is stored. One that rejects is made again. */
  readonly store: (report: DeliveryReport) => Promise<void>;
  readonly nowMs: () => number;
  /** The wait after the first failure. Default: a second. */
  readonly firstWaitMs?: number | undefined;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export class Lane {
  readonly #options: LaneOptions;
  readonly pace: Pace;
  readonly #inHand = new Set<number>();
  #underWay = 0;
  #delivered: number[] = [];
  #failed: FailedDelivery[] = [];
  #giveUp: DeliveryReport["giveUp"] = null;
  #storing = false;
  #stopped = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.pace = new Pace(options.firstWaitMs);
  }

  /** Begins what may begin, and reports what is over. Call now and then. @throws if the outbox cannot be read. */
  poll(): void {
    this.#report();
    const { due, nowMs } = this.#options;
    if (this.#stopped) return;
    const limit = Math.min(this.pace.room(this.#underWay, nowMs()), IN_HAND - this.#inHand.size);
    if (limit <= 0) return;
    for (const delivery of due(nowMs(), { limit, except: this.#inHand })) void this.#deliver(delivery);
  }

  /** Whether nothing is under way or waits to be stored. */
  get isIdle(): boolean {
    return this.#inHand.size === 0 && !this.#storing;
  }

  /** Begins nothing more, and leaves what is under way as it was: it is delivered again after the next start. */
  stop(): void {
    this.#stopped = true;
  }

  async #deliver(delivery: DueDelivery): Promise<void> {
    this.#inHand.add(delivery.id);
    this.#underWay += 1;
    const result = await this.#options.post(delivery);
    this.#underWay -= 1;
    if (this.#stopped && !result.delivered) this.#inHand.delete(delivery.id);
    else if (result.delivered) this.#succeeded(delivery);
    else this.#hasFailed(delivery, result);
    this.#report();
  }

  #succeeded({ id }: DueDelivery): void {
    this.pace.succeeded();
    this.#delivered.push(id);
  }

  #hasFailed({ id, attempts, createdAtMs }: DueDelivery, result: Extract<AttemptResult, { readonly delivered: false }>): void {
    const { webhook, nowMs: now, random, firstWaitMs } = this.#options;
    const nowMs = now();
    const { error, ...asked } = result;
    this.pace.failed(error, nowMs, random());
    const dueAtMs = nextAttemptMs({
      failedAttempts: attempts + 1,
      createdAtMs,
      nowMs,
      firstWaitMs,
      random: random(),
      ...asked,
    });
    this.#failed.push({ id, error, dueAtMs });
    // A receiver that is down is not tried with everything that waits: what is as old as this one goes with it.
    const beforeMs = nowMs - GIVE_UP_AFTER_MS;
    if (this.pace.isDown && createdAtMs <= beforeMs) this.#giveUp = { webhook, beforeMs, error };
  }

  /** One report at a time; what happens meanwhile makes the next. */
  #report(): void {
    if (this.#storing || this.#delivered.length + this.#failed.length === 0) return;
    const [delivered, failed, giveUp] = [this.#delivered, this.#failed, this.#giveUp];
    this.#delivered = [];
    this.#failed = [];
    this.#giveUp = null;
    this.#storing = true;
    const report = { type: "report", delivered, failed, giveUp, atMs: this.#options.nowMs() } as const;
    this.#options.store(report).then(
      () => {
        for (const id of delivered) this.#inHand.delete(id);
        for (const { id } of failed) this.#inHand.delete(id);
        this.#storing = false;
        this.#report();
      },
      () => {
        // The next poll tries again.
        this.#delivered.push(...delivered);
        this.#failed.push(...failed);
        this.#giveUp ??= giveUp;
        this.#storing = false;
      },
    );
  }
}
