import type { DeadDelivery, WebhookView } from "@lastbeat/api";
import type { AdminApi } from "../api/adminApi.ts";
import { errorText } from "../api/errors.ts";
import { pollAnswers } from "../poll.ts";

const EVERY_MS = 5_000;
const PAGE = 20;

/** Webhooks, asked for every few seconds while somebody looks. */
export class Webhooks {
  list = $state.raw<readonly WebhookView[] | null>(null);
  error = $state<string | null>(null);

  follow(api: AdminApi): () => void {
    return pollAnswers({
      everyMs: EVERY_MS,
      ask: () => api.webhooks.list.query(),
      onAnswer: (list) => {
        this.list = list;
        this.error = null;
      },
      onError: (error) => {
        this.error = errorText(error);
      },
    });
  }
}

/** What one webhook was not told. */
export class DeadLetters {
  deliveries = $state.raw<readonly DeadDelivery[] | null>(null);
  error = $state<string | null>(null);
  #cursor = $state<string | null>(null);
  readonly #webhook: string;

  constructor(webhook: string) {
    this.#webhook = webhook;
  }

  get hasMore(): boolean {
    return this.#cursor !== null;
  }

  /** The first page anew, or the one after those that are shown. */
  async load(api: AdminApi, more = false): Promise<void> {
    try {
      const cursor = more ? (this.#cursor ?? undefined) : undefined;
      const page = await api.webhooks.dead.query({ webhook: this.#webhook, limit: PAGE, cursor });
      this.deliveries = more ? [...(this.deliveries ?? []), ...page.deliveries] : page.deliveries;
      this.#cursor = page.nextCursor;
      this.error = null;
    } catch (error) {
      this.error = errorText(error);
    }
  }

  /** These, or all. */
  async resend(api: AdminApi, ids?: number[]): Promise<void> {
    try {
      await api.webhooks.resend.mutate({ webhook: this.#webhook, ids });
    } catch (error) {
      this.error = errorText(error);
      return;
    }
    await this.load(api);
  }
}
