/**
 * The windows that pages have open on the live table (rule OPS2). A refresh once per second reads the sessions, updates the orders in
 * use, and sends each page its changes. Queries are answered as soon as possible. Work runs one piece at a time, in slices of 2 ms. The
 * load that pages can cause is bounded: windows per page and in total, answers per second, bytes per second, and a share of CPU time.
 */
import type { KeeperLog, SessionKeeper } from "@lastbeat/core";
import { failure } from "../contract/errors.ts";
import type { LiveColumn, LiveWindowQuery, LiveWindowUpdate } from "../contract/liveWindow.ts";
import { SparseLog } from "../log/sparseLog.ts";
import { SessionOrder } from "./sessionOrder.ts";
import { SessionTable } from "./sessionTable.ts";
import { SessionWindow } from "./sessionWindow.ts";
import { runSliced, type SlicedWork } from "./timeSlices.ts";

export const MAX_WINDOWS_PER_PAGE = 4;
export const MAX_WINDOWS = 64;

const REFRESH_MS = 1_000;
/** Maximum share of CPU time for refreshes. After a long one the next is delayed. */
const MAX_CPU_SHARE = 0.1;
/** Rate limit for periodic updates to a page. After a large update the next one is delayed. */
const UPDATE_BYTES_PER_S = 28_000;
/** Rate limit for answers to a page's queries, caused by scrolling and typing. */
const ANSWER_BYTES_PER_S = 250_000;
const ANSWER_EVERY_MS = 50;

/** A connected page, with the number of bytes waiting on its socket. */
export interface Page {
  readonly bufferedBytes: number;
}
/** A page with more unread bytes than this is sent nothing for now. */
const MAX_UNREAD_BYTES = 128_000;

interface OpenWindow {
  readonly page: Page;
  readonly window: SessionWindow;
  readonly send: (update: LiveWindowUpdate) => void;
  /** The page's current query and its sequence number. */
  query: LiveWindowQuery;
  ask: number;
  /** Whether the query is still unanswered. */
  asked: boolean;
  answerFromMs: number;
  updateFromMs: number;
}

export interface LiveWindowsOptions {
  readonly keeper: Pick<SessionKeeper, "sessions">;
  readonly log: KeeperLog;
}

export class LiveWindows {
  readonly #options: LiveWindowsOptions;
  readonly #windows = new Map<number, OpenWindow>();
  #table = new SessionTable();
  readonly #orders = new Map<LiveColumn, SessionOrder>();
  #lastId = 0;
  #nextRefreshMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  readonly #sparse: SparseLog;

  constructor(options: LiveWindowsOptions) {
    this.#options = options;
    this.#sparse = new SparseLog(options.log);
  }

  /**
   * Opens a window. Its updates go to `send`, the first one shortly.
   * @returns its id. @throws {LastbeatError} `busy` if the maximum number of windows is open.
   */
  open(page: Page, query: LiveWindowQuery, send: (update: LiveWindowUpdate) => void): number {
    const ofPage = [...this.#windows.values()].filter((other) => other.page === page).length;
    if (ofPage >= MAX_WINDOWS_PER_PAGE) throw failure("busy", `too many live tables: a page may have ${MAX_WINDOWS_PER_PAGE}`);
    if (this.#windows.size >= MAX_WINDOWS) throw failure("busy", `too many live tables: the server may have ${MAX_WINDOWS}`);
    this.#lastId += 1;
    const window = new SessionWindow(this.#lastId, query, this.#table);
    const [answerFromMs, updateFromMs] = [0, 0];
    this.#windows.set(window.id, { page, window, send, query, ask: 0, asked: true, answerFromMs, updateFromMs });
    this.#wake();
    return window.id;
  }

  /** Changes a window's query. Returns `false` if the page has no such window. */
  look(page: Page, id: number, { query, ask }: { readonly query: LiveWindowQuery; readonly ask: number }): boolean {
    const opened = this.#windows.get(id);
    if (opened?.page !== page) return false;
    Object.assign(opened, { query, ask, asked: true });
    this.#wake();
    return true;
  }

  closeWindow(id: number): void {
    this.#windows.delete(id);
    if (this.#windows.size === 0 && !this.#running) this.#reset();
  }

  close(): void {
    this.#windows.clear();
    clearTimeout(this.#timer);
  }

  /** Schedules the next run for the earliest refresh or answer due. */
  #wake(): void {
    if (this.#running) return;
    clearTimeout(this.#timer);
    if (this.#windows.size === 0) return this.#reset();
    const dueMs = Math.min(
      this.#nextRefreshMs,
      ...[...this.#windows.values()].filter(({ asked }) => asked).map((w) => w.answerFromMs),
    );
    this.#timer = setTimeout(() => void this.#run(), Math.max(0, dueMs - performance.now())).unref();
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      if (performance.now() >= this.#nextRefreshMs) await this.#refresh();
      await this.#answerAsked();
      // Orders answered from a partial selection are sorted now, so that the other rows are ready when queried.
      for (const order of this.#orders.values()) if (!order.isSorted) await this.#do(order.sort());
    } catch (error) {
      this.#sparse.warn("table", "Updating the live table failed", { error });
      this.#nextRefreshMs = performance.now() + REFRESH_MS;
    } finally {
      this.#running = false;
      this.#wake();
    }
  }

  async #refresh(): Promise<void> {
    const beganMs = performance.now();
    const inUse = new Set([...this.#windows.values()].map(({ query }) => query.sort));
    for (const column of this.#orders.keys()) if (!inUse.has(column)) this.#orders.delete(column);
    const orders = [...this.#orders.values()];
    let busyMs = await this.#do(this.#table.refresh(this.#options.keeper.sessions(), orders));
    for (const order of orders) busyMs += await this.#do(order.sort());
    for (const opened of [...this.#windows.values()]) {
      await this.#answerAsked();
      if (opened.updateFromMs <= performance.now()) busyMs += await this.#update(opened);
    }
    this.#nextRefreshMs = Math.max(beganMs + REFRESH_MS, performance.now() + busyMs / MAX_CPU_SHARE - busyMs);
  }

  async #answerAsked(): Promise<void> {
    for (const opened of [...this.#windows.values()]) {
      if (opened.asked && opened.answerFromMs <= performance.now()) await this.#update(opened);
    }
  }

  /** Retries a window that fails with the next refresh, without affecting other windows. */
  async #update(opened: OpenWindow): Promise<number> {
    try {
      return await this.#sendUpdate(opened);
    } catch (error) {
      this.#sparse.warn("window", "Updating a live table window failed", { error });
      opened.answerFromMs = performance.now() + REFRESH_MS;
      return 0;
    }
  }

  /** Sends a page its changes. @returns the CPU time used, in milliseconds. */
  async #sendUpdate(opened: OpenWindow): Promise<number> {
    const { page, window, send } = opened;
    const isOpen = () => this.#windows.get(window.id) === opened;
    if (!isOpen()) return 0;
    if (page.bufferedBytes > MAX_UNREAD_BYTES) {
      opened.answerFromMs = performance.now() + REFRESH_MS;
      return 0;
    }
    const { query, ask } = opened;
    opened.asked = false;
    const order = await this.#order(query.sort);
    window.look(query, ask);
    const { value: update, busyMs } = await runSliced(window.update(order));
    if (update !== null && isOpen()) {
      const bytes = JSON.stringify(update).length;
      const nowMs = performance.now();
      opened.answerFromMs = nowMs + Math.max(ANSWER_EVERY_MS, (bytes / ANSWER_BYTES_PER_S) * 1_000);
      opened.updateFromMs = nowMs + (bytes / UPDATE_BYTES_PER_S) * 1_000;
      send(update);
    }
    return busyMs;
  }

  async #order(column: LiveColumn): Promise<SessionOrder> {
    const known = this.#orders.get(column);
    if (known !== undefined) return known;
    const order = new SessionOrder(this.#table, column);
    await this.#do(order.readAll());
    this.#orders.set(column, order);
    return order;
  }

  async #do(work: SlicedWork): Promise<number> {
    return (await runSliced(work)).busyMs;
  }

  /** Drops all state when no window is open. */
  #reset(): void {
    clearTimeout(this.#timer);
    this.#table = new SessionTable();
    this.#orders.clear();
    this.#nextRefreshMs = 0;
  }
}
