/** Starts the courier, the thread that posts to webhooks, has its reports stored, and starts it again should it die. */
import { Worker } from "node:worker_threads";
import type { KeeperLog } from "@lastbeat/core";
import type { WebhookStore } from "../ledger/store.ts";
import { threadMemory } from "../ledger/threadMemory.ts";
import { CHANGED_AT_ONCE, type DeliveryReport } from "../ledger/write/deliveryWriter.ts";
import { SparseLog } from "../log/sparseLog.ts";
import { changeAll } from "./changeAll.ts";
import type { CourierStart, FromCourier, ToCourier } from "./courierMessages.ts";
import { stopTimes } from "./stopTimes.ts";

type Report = Extract<FromCourier, { readonly type: "report" }>;

const RESTART_AFTER_MS = 1_000;

export interface CourierOptions {
  readonly start: CourierStart;
  readonly store: Pick<WebhookStore, "change">;
  readonly log: KeeperLog;
  readonly onReport: (report: Report) => void;
  /** What the thread runs. Default: the courier; for tests. */
  readonly script?: URL;
}

export class Courier {
  readonly #options: CourierOptions;
  readonly #sparse: SparseLog;
  /** Webhooks of which more is being given up than one batch. */
  readonly #givingUp = new Set<string>();
  #worker: Worker;
  #restart: NodeJS.Timeout | null = null;
  #closing = false;

  constructor(options: CourierOptions) {
    this.#options = options;
    this.#sparse = new SparseLog(options.log);
    this.#worker = this.#thread();
  }

  /** Delivers for a moment what can be delivered, then stops. A thread that hangs is not waited for beyond its part of `leftMs`. */
  async close(leftMs = Number.POSITIVE_INFINITY): Promise<void> {
    this.#closing = true;
    if (this.#restart !== null) return clearTimeout(this.#restart);
    const worker = this.#worker;
    const { deliverMs, endMs } = stopTimes(leftMs);
    const { promise: over, resolve } = Promise.withResolvers<void>();
    worker.once("exit", () => resolve());
    const late = setTimeout(() => {
      void worker.terminate();
      resolve();
    }, endMs);
    worker.postMessage({ type: "close", withinMs: deliverMs } satisfies ToCourier);
    await over;
    clearTimeout(late);
  }

  #thread(): Worker {
    const { start, log, script = new URL("./courierWorker.ts", import.meta.url) } = this.#options;
    const worker = new Worker(script, {
      workerData: start,
      resourceLimits: threadMemory,
    });
    worker.on("message", (message: FromCourier) => this.#hear(message, (answer) => worker.postMessage(answer)));
    worker.on("error", (error) => log.error("The thread that posts to webhooks failed", { error }));
    worker.on("exit", () => {
      if (this.#closing) return;
      this.#restart = setTimeout(() => {
        this.#restart = null;
        this.#worker = this.#thread();
      }, RESTART_AFTER_MS);
    });
    return worker;
  }

  #hear(message: FromCourier, answer: (message: ToCourier) => void): void {
    if (message.type === "problem") this.#sparse.warn("read", `The outbox of webhooks cannot be read: ${message.message}`);
    if (message.type !== "report") return;
    const { number, report } = message;
    this.#options.store.change(report).then(
      (givenUp) => {
        this.#options.onReport(message);
        answer({ type: "stored", number, ok: true });
        if (givenUp === CHANGED_AT_ONCE) void this.#giveUpRest(report);
      },
      (error: Error) => {
        this.#sparse.warn("store", `What became of deliveries to webhooks cannot be stored now: ${error.message}`);
        answer({ type: "stored", number, ok: false });
      },
    );
  }

  /** The report gave up a full batch: more waits that is as old. If it cannot be stored, the next failure gives it up. */
  async #giveUpRest({ giveUp, atMs }: DeliveryReport): Promise<void> {
    if (giveUp === null || this.#givingUp.has(giveUp.webhook)) return;
    this.#givingUp.add(giveUp.webhook);
    const rest: DeliveryReport = { type: "report", delivered: [], failed: [], giveUp, atMs };
    try {
      await changeAll(this.#options.store, rest, () => !this.#closing);
    } catch (thrown) {
      const { message } = thrown as Error;
      this.#sparse.warn("give up", `Not all old deliveries to webhook ${giveUp.webhook} could be given up: ${message}`);
    } finally {
      this.#givingUp.delete(giveUp.webhook);
    }
  }
}
