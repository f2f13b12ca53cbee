import type { Cleanup, CleanupStats } from "@lastbeat/api";
import type { AdminApi, CleanupsQuery } from "../api/adminApi.ts";
import { errorText } from "../api/link.ts";

const PAGE_SIZE = 50;

/** Ended sessions that match a filter: the pages loaded so far, and the counts over all of them. */
export class CleanupHistory {
  /** `null` until the first answer. */
  rows = $state.raw<readonly Cleanup[] | null>(null);
  stats = $state.raw<CleanupStats | null>(null);
  total = $state(0);
  totalIsAtLeast = $state(false);
  nextCursor = $state<string | null>(null);
  loading = $state(false);
  error = $state<string | null>(null);

  #query: CleanupsQuery = {};
  #api: AdminApi | null = null;
  #generation = 0;

  /** Asks anew; answers to earlier questions are dropped. What is shown stays until the answer is there. */
  async ask(api: AdminApi, query: CleanupsQuery): Promise<void> {
    this.#api = api;
    this.#query = query;
    const generation = ++this.#generation;
    this.loading = true;
    try {
      const [page, stats] = await Promise.all([
        api.history.list.query({ ...query, limit: PAGE_SIZE }),
        api.history.stats.query(query),
      ]);
      if (generation !== this.#generation) return;
      this.rows = page.rows;
      this.stats = stats;
      this.total = page.total;
      this.totalIsAtLeast = page.totalIsAtLeast;
      this.nextCursor = page.nextCursor;
      this.error = null;
    } catch (error) {
      if (generation === this.#generation) this.error = errorText(error);
    } finally {
      if (generation === this.#generation) this.loading = false;
    }
  }

  /** Appends the next page. */
  async more(): Promise<void> {
    if (!this.#api || this.nextCursor === null || this.loading) return;
    const generation = this.#generation;
    this.loading = true;
    try {
      const page = await this.#api.history.list.query({ ...this.#query, limit: PAGE_SIZE, cursor: this.nextCursor });
      if (generation !== this.#generation) return;
      this.rows = [...(this.rows ?? []), ...page.rows];
      this.nextCursor = page.nextCursor;
      this.error = null;
    } catch (error) {
      if (generation === this.#generation) this.error = errorText(error);
    } finally {
      if (generation === this.#generation) this.loading = false;
    }
  }
}
