/** Webhooks as the rest of the server sees them: how they go, what was given up, and sending it again (rule WHK6). */
import type { KeeperLog } from "@lastbeat/core";
import { failure } from "../contract/errors.ts";
import type { DeadPage, WebhookView } from "../contract/webhookViews.ts";
import type { DeliveryCount } from "../ledger/read/deliveryReads.ts";
import type { WebhookStore } from "../ledger/store.ts";
import { SparseLog } from "../log/sparseLog.ts";
import { changeAll } from "./changeAll.ts";
import { Courier } from "./courier.ts";
import type { FromCourier } from "./courierMessages.ts";
import { shownUrl, type Webhook } from "./webhook.ts";

type Report = Extract<FromCourier, { readonly type: "report" }>;

/** How old the figures of `stats` may be. */
const COUNT_EVERY_MS = 5_000;

export interface WebhooksOptions {
  readonly webhooks: readonly Webhook[];
  readonly store: WebhookStore;
  /** The database. */
  readonly file: string;
  readonly log: KeeperLog;
  readonly now: () => number;
  /** See `CourierStart`; for tests. */
  readonly firstWaitMs?: number;
}

/** What is counted since the start. */
interface Progress {
  delivered: number;
  failed: number;
  lastDeliveredAtMs: number | null;
  failingSinceMs: number | null;
  lastError: string | null;
  isDown: boolean;
}

const noProgress = (): Progress => {
  return { delivered: 0, failed: 0, lastDeliveredAtMs: null, failingSinceMs: null, lastError: null, isDown: false };
};

export interface DeadQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #sparse: SparseLog;
  readonly #courier: Courier | null;
  readonly #progress = new Map<string, Progress>();
  readonly #counting: NodeJS.Timeout | null;
  #counts: ReadonlyMap<string, DeliveryCount> = new Map();

  /** Without webhooks it starts nothing. */
  constructor(options: WebhooksOptions) {
    this.#options = options;
    const { webhooks, store, file, log, firstWaitMs } = options;
    this.#sparse = new SparseLog(log);
    const isUsed = webhooks.length > 0;
    const onReport = (report: Report) => this.#note(report);
    this.#courier = isUsed ? new Courier({ start: { file, webhooks, firstWaitMs }, store, log, onReport }) : null;
    this.#counting = isUsed ? setInterval(() => void this.#count().catch(() => {}), COUNT_EVERY_MS) : null;
    this.#counting?.unref();
  }

  /** Each configured webhook, with counts that may be some seconds old. For metrics. */
  stats(): WebhookView[] {
    return this.#options.webhooks.map(({ name, url }) => this.#viewOf(name, shownUrl(url)));
  }

  /** Each configured webhook, and former ones with deliveries in the outbox. */
  async list(): Promise<WebhookView[]> {
    await this.#count();
    const configured = new Set(this.#options.webhooks.map(({ name }) => name));
    const former = [...this.#counts.keys()].filter((name) => !configured.has(name));
    return [...this.stats(), ...former.map((name) => this.#viewOf(name, null))];
  }

  /** Deliveries that were given up, newest first. @throws {LastbeatError} `not_found` if there is no such webhook. */
  async dead(webhook: string, { limit, cursor }: DeadQuery): Promise<DeadPage> {
    await this.#check(webhook);
    return this.#options.store.dead({ webhook, limit, beforeId: cursor === undefined ? undefined : Number(cursor) });
  }

  /**
   * Sends again what was given up: these, or with `null` all.
   * @returns how many. @throws {LastbeatError} `not_found` if there is no such webhook.
   */
  async resend(webhook: string, ids: readonly number[] | null, operator: string): Promise<number> {
    await this.#check(webhook);
    const { store, now, log } = this.#options;
    const resent = await changeAll(store, { type: "resend", webhook, ids, atMs: now() });
    log.info(`Webhook ${webhook}: what was given up is sent again`, { deliveries: resent, by: operator });
    return resent;
  }

  /** @param leftMs what is left of the stop's limit. */
  async close(leftMs?: number): Promise<void> {
    if (this.#counting !== null) clearInterval(this.#counting);
    await this.#courier?.close(leftMs);
  }

  async #check(webhook: string): Promise<void> {
    const known = await this.list();
    if (!known.some(({ name }) => name === webhook)) throw failure("not_found", `no such webhook: ${webhook.slice(0, 40)}`);
  }

  async #count(): Promise<void> {
    const counts = await this.#options.store.counts();
    this.#counts = new Map(counts.map((count) => [count.webhook, count]));
  }

  #viewOf(name: string, url: string | null): WebhookView {
    const { isDown: _, ...progress } = this.#progress.get(name) ?? noProgress();
    const { waiting = 0, oldestWaitingAtMs = null, dead = 0 } = this.#counts.get(name) ?? {};
    return { name, url, waiting, oldestWaitingAtMs, dead, ...progress };
  }

  #note({ webhook, report, lane }: Report): void {
    const { delivered, failed, giveUp, atMs } = report;
    const progress = this.#progress.get(webhook) ?? noProgress();
    progress.delivered += delivered.length;
    progress.failed += failed.length;
    if (delivered.length > 0) progress.lastDeliveredAtMs = atMs;
    progress.failingSinceMs = lane.failingSinceMs;
    progress.lastError = failed.at(-1)?.error ?? progress.lastError;
    this.#progress.set(webhook, progress);
    this.#log(webhook, progress, lane);
    if (giveUp !== null || failed.some(({ dueAtMs }) => dueAtMs === null))
      this.#sparse.warn(`dead ${webhook}`, `Webhook ${webhook}: deliveries were given up; they can be sent again`, {
        error: lane.error,
      });
  }

  #log(webhook: string, progress: Progress, { isDown, error }: Report["lane"]): void {
    if (progress.isDown === isDown) return;
    progress.isDown = isDown;
    const { log } = this.#options;
    if (isDown) log.warn(`Webhook ${webhook} takes nothing; deliveries wait in the ledger`, { error });
    else log.info(`Webhook ${webhook} takes deliveries again`);
  }
}
