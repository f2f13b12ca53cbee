/** Starts the courier, the thread that posts to webhooks, has its reports stored, and starts it again should it die. */
import { Worker } from "node:worker_threads";
import type { KeeperLog } from "@lastbeat/core";
import type { WebhookStore } from "../ledger/store.ts";
import { threadMemory } from "../ledger/threadMemory.ts";
import { SparseLog } from "../log/sparseLog.ts";
import type { CourierStart, FromCourier, ToCourier } from "./courierMessages.ts";

type Report = Extract<FromCourier, { readonly type: "report" }>;

const RESTART_AFTER_MS = 1_000;
/** What the courier may deliver while the server stops. The rest is delivered after the next start. */
const STOPPING_MS = 3_000;
/** How much longer it may take to end. */
const ENDING_MS = 3_000;

export interface CourierOptions {
  readonly start: CourierStart;
  readonly store: Pick<WebhookStore, "change">;
  readonly log: KeeperLog;
  readonly onReport: (report: Report) => void;
}

export class Courier {
  readonly #options: CourierOptions;
  readonly #sparse: SparseLog;
  #worker: Worker;
  #restart: NodeJS.Timeout | null = null;
  #closing = false;

  constructor(options: CourierOptions) {
    this.#options = options;
    this.#sparse = new SparseLog(options.log);
    this.#worker = this.#thread();
  }

  /** Delivers for a moment what can be delivered, then stops. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#restart !== null) return clearTimeout(this.#restart);
    const ended = new Promise<void>((resolve) => this.#worker.once("exit", () => resolve()));
    const late = setTimeout(() => void this.#worker.terminate(), STOPPING_MS + ENDING_MS);
    this.#worker.postMessage({ type: "close", withinMs: STOPPING_MS } satisfies ToCourier);
    await ended;
    clearTimeout(late);
  }

  #thread(): Worker {
    const { start, log } = this.#options;
    const worker = new Worker(new URL("./courierWorker.ts", import.meta.url), {
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
      () => {
        this.#options.onReport(message);
        answer({ type: "stored", number, ok: true });
      },
      (error: Error) => {
        this.#sparse.warn("store", `What became of deliveries to webhooks cannot be stored now: ${error.message}`);
        answer({ type: "stored", number, ok: false });
      },
    );
  }
}
