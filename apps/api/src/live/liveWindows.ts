/**
 * The windows that pages have open on the live table (rule OPS2). One beat per second reads the sessions, puts the orders in use right, and sends each
 * page what has changed for it; a question is answered as soon as it can be. All of it in turns of 2 ms, one piece of work at a time. What
 * pages can cause is bounded: windows per page and in all, answers per second, bytes per second, and a share of the processor.
 */
import type { KeeperLog, SessionKeeper } from "@lastbeat/core";
import { failure } from "../contract/errors.ts";
import type { LiveColumn, LiveWindowQuery, LiveWindowUpdate } from "../contract/liveWindow.ts";
import { SparseLog } from "../log/sparseLog.ts";
import { SessionOrder } from "./sessionOrder.ts";
import { SessionTable } from "./sessionTable.ts";
import { SessionWindow } from "./sessionWindow.ts";
import { inTurns, type Work } from "./turns.ts";

export const MAX_WINDOWS_PER_PAGE = 4;
export const MAX_WINDOWS = 64;

const BEAT_MS = 1_000;
/** A beat takes no more than this share of the processor: when it is long the next one comes later. */
const MAX_SHARE = 0.1;
/** What a page is sent by itself in a second; after a large update the next one waits. */
const BYTES_PER_S = 28_000;
/** The same for what it asks for, scrolling and typing. */
const ASKED_BYTES_PER_S = 250_000;
const ANSWER_EVERY_MS = 50;

/** A page: what its updates go to, and how much still waits on its socket. */
export interface Page {
  readonly bufferedBytes: number;
}
/** A page that has so much unread is sent nothing more for now. */
const MAX_UNREAD_BYTES = 128_000;

interface OpenWindow {
  readonly page: Page;
  readonly window: SessionWindow;
  readonly send: (update: LiveWindowUpdate) => void;
  /** What the page wants to see now, and the number of that question. */
  query: LiveWindowQuery;
  ask: number;
  /** Whether that is not answered yet. */
  asked: boolean;
  answerFromMs: number;
  beatFromMs: number;
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
  #nextBeatMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  readonly #sparse: SparseLog;

  constructor(options: LiveWindowsOptions) {
    this.#options = options;
    this.#sparse = new SparseLog(options.log);
  }

  /**
   * Opens a window; its updates go to `send`, the first one soon.
   * @returns its number. @throws {LastbeatError} `busy` when there are as many as there may be.
   */
  open(page: Page, query: LiveWindowQuery, send: (update: LiveWindowUpdate) => void): number {
    const ofPage = [...this.#windows.values()].filter((other) => other.page === page).length;
    if (ofPage >= MAX_WINDOWS_PER_PAGE) throw failure("busy", `too many live tables: a page may have ${MAX_WINDOWS_PER_PAGE}`);
    if (this.#windows.size >= MAX_WINDOWS) throw failure("busy", `too many live tables: the server may have ${MAX_WINDOWS}`);
    this.#lastId += 1;
    const window = new SessionWindow(this.#lastId, query, this.#table);
    const [answerFromMs, beatFromMs] = [0, 0];
    this.#windows.set(window.id, { page, window, send, query, ask: 0, asked: true, answerFromMs, beatFromMs });
    this.#wake();
    return window.id;
  }

  /** Changes what a window shows. `false` when the page has no such window. */
  look(page: Page, id: number, { query, ask }: { readonly query: LiveWindowQuery; readonly ask: number }): boolean {
    const opened = this.#windows.get(id);
    if (opened?.page !== page) return false;
    Object.assign(opened, { query, ask, asked: true });
    this.#wake();
    return true;
  }

  closeWindow(id: number): void {
    this.#windows.delete(id);
    if (this.#windows.size === 0 && !this.#running) this.#rest();
  }

  close(): void {
    this.#windows.clear();
    clearTimeout(this.#timer);
  }

  /** Does what is due, then waits for the next thing that will be. */
  #wake(): void {
    if (this.#running) return;
    clearTimeout(this.#timer);
    if (this.#windows.size === 0) return this.#rest();
    const dueMs = Math.min(
      this.#nextBeatMs,
      ...[...this.#windows.values()].filter(({ asked }) => asked).map((w) => w.answerFromMs),
    );
    this.#timer = setTimeout(() => void this.#run(), Math.max(0, dueMs - performance.now())).unref();
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      if (performance.now() >= this.#nextBeatMs) await this.#beat();
      await this.#answerAsked();
      // What was answered with a selection is sorted now, so that the other rows are at hand when they are asked for.
      for (const order of this.#orders.values()) if (!order.isSorted) await this.#do(order.sort());
    } catch (error) {
      this.#sparse.warn("table", "The live table could not be brought up to date", { error });
      this.#nextBeatMs = performance.now() + BEAT_MS;
    } finally {
      this.#running = false;
      this.#wake();
    }
  }

  async #beat(): Promise<void> {
    const beganMs = performance.now();
    const inUse = new Set([...this.#windows.values()].map(({ query }) => query.sort));
    for (const column of this.#orders.keys()) if (!inUse.has(column)) this.#orders.delete(column);
    const orders = [...this.#orders.values()];
    let busyMs = await this.#do(this.#table.refresh(this.#options.keeper.sessions(), orders));
    for (const order of orders) busyMs += await this.#do(order.sort());
    for (const opened of [...this.#windows.values()]) {
      await this.#answerAsked();
      if (opened.beatFromMs <= performance.now()) busyMs += await this.#update(opened);
    }
    this.#nextBeatMs = Math.max(beganMs + BEAT_MS, performance.now() + busyMs / MAX_SHARE - busyMs);
  }

  async #answerAsked(): Promise<void> {
    for (const opened of [...this.#windows.values()]) {
      if (opened.asked && opened.answerFromMs <= performance.now()) await this.#update(opened);
    }
  }

  /** A window that fails is tried again with the next beat, and costs no other window anything. */
  async #update(opened: OpenWindow): Promise<number> {
    try {
      return await this.#bring(opened);
    } catch (error) {
      this.#sparse.warn("window", "A live table could not be brought up to date", { error });
      opened.answerFromMs = performance.now() + BEAT_MS;
      return 0;
    }
  }

  /** Sends a page what is new to it. @returns how long that took of the processor. */
  async #bring(opened: OpenWindow): Promise<number> {
    const { page, window, send } = opened;
    const isOpen = () => this.#windows.get(window.id) === opened;
    if (!isOpen()) return 0;
    if (page.bufferedBytes > MAX_UNREAD_BYTES) {
      opened.answerFromMs = performance.now() + BEAT_MS;
      return 0;
    }
    const { query, ask } = opened;
    opened.asked = false;
    const order = await this.#order(query.sort);
    window.look(query, ask);
    const { value: update, busyMs } = await inTurns(window.update(order));
    if (update !== null && isOpen()) {
      const bytes = JSON.stringify(update).length;
      const nowMs = performance.now();
      opened.answerFromMs = nowMs + Math.max(ANSWER_EVERY_MS, (bytes / ASKED_BYTES_PER_S) * 1_000);
      opened.beatFromMs = nowMs + (bytes / BYTES_PER_S) * 1_000;
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

  async #do(work: Work): Promise<number> {
    return (await inTurns(work)).busyMs;
  }

  /** Nobody looks: keeps nothing. */
  #rest(): void {
    clearTimeout(this.#timer);
    this.#table = new SessionTable();
    this.#orders.clear();
    this.#nextBeatMs = 0;
  }
}
