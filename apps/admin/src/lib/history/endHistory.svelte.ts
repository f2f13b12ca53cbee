import type { EndPage, EndStats, EndView } from "@lastbeat/api";
import type { AdminApi, EndsQuery } from "../api/adminApi.ts";
import { errorText } from "../api/errors.ts";

const PAGE_SIZE = 50;

/** Ended sessions that match a filter: the pages loaded so far, and the counts over all of them. */
export class EndHistory {
  /** `null` until the first answer. */
  rows = $state.raw<readonly EndView[] | null>(null);
  stats = $state.raw<EndStats | null>(null);
  total = $state(0);
  totalIsAtLeast = $state(false);
  nextCursor = $state<string | null>(null);
  loading = $state(false);
  error = $state<string | null>(null);

  /** Ends that came since and match, newest first; shown when `showArrived` says so. */
  arrived = $state.raw<readonly EndView[]>([]);
  /** There are more new ones than are counted. */
  arrivedIsAtLeast = $state(false);
  #arrivedPage: EndPage | null = null;
  #looking = false;

  #query: EndsQuery = {};
  #api: AdminApi | null = null;
  #generation = 0;

  /** Reloads. Answers to earlier requests are dropped, and the current rows stay until the new answer arrives. */
  async ask(api: AdminApi, query: EndsQuery): Promise<void> {
    this.#api = api;
    this.#query = query;
    const generation = ++this.#generation;
    this.loading = true;
    try {
      const [page, stats] = await Promise.all([api.ends.list.query({ ...query, limit: PAGE_SIZE }), api.ends.stats.query(query)]);
      if (generation !== this.#generation) return;
      this.rows = page.rows;
      this.stats = stats;
      this.total = page.total;
      this.totalIsAtLeast = page.totalIsAtLeast;
      this.nextCursor = page.nextCursor;
      this.#setArrived(null);
      this.error = null;
    } catch (error) {
      if (generation === this.#generation) this.error = errorText(error);
    } finally {
      if (generation === this.#generation) this.loading = false;
    }
  }

  /** Looks for ends that came since the rows were asked for. The rows stay as they are until `showArrived`. */
  async look(): Promise<void> {
    if (!this.#api || this.rows === null || this.loading || this.#looking) return;
    const generation = this.#generation;
    this.#looking = true;
    try {
      const page = await this.#api.ends.list.query({ ...this.#query, limit: PAGE_SIZE });
      if (generation === this.#generation) this.#setArrived(page);
    } catch {
      // The rows are still right; what is wrong with the connection the page says elsewhere.
    } finally {
      this.#looking = false;
    }
  }

  /** Adds the new ends on top of the rows and updates the counts. */
  async showArrived(): Promise<void> {
    const page = this.#arrivedPage;
    if (!this.#api || page === null || this.rows === null) return;
    const generation = this.#generation;
    if (this.arrivedIsAtLeast) {
      // There may be a gap, so the list is reloaded.
      this.rows = page.rows;
      this.nextCursor = page.nextCursor;
    } else {
      this.rows = [...this.arrived, ...this.rows];
    }
    this.total = page.total;
    this.totalIsAtLeast = page.totalIsAtLeast;
    this.#setArrived(null);
    try {
      const stats = await this.#api.ends.stats.query(this.#query);
      if (generation === this.#generation) this.stats = stats;
    } catch (error) {
      if (generation === this.#generation) this.error = errorText(error);
    }
  }

  #setArrived(page: EndPage | null): void {
    const known = new Set(this.rows?.map(({ sessionId }) => sessionId));
    const fresh = page?.rows.filter(({ sessionId }) => !known.has(sessionId)) ?? [];
    this.#arrivedPage = fresh.length === 0 ? null : page;
    this.arrived = fresh;
    this.arrivedIsAtLeast = page !== null && fresh.length === page.rows.length && page.nextCursor !== null;
  }

  /** Appends the next page. */
  async more(): Promise<void> {
    if (!this.#api || this.nextCursor === null || this.loading) return;
    const generation = this.#generation;
    this.loading = true;
    try {
      const page = await this.#api.ends.list.query({ ...this.#query, limit: PAGE_SIZE, cursor: this.nextCursor });
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
