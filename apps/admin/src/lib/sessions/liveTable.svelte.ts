import type { LiveWindowUpdate } from "@lastbeat/api";
import type { AdminApi, WindowQuery } from "../api/adminApi.ts";
import { errorText } from "../api/errors.ts";
import { applied, type WindowRows } from "./windowRows.ts";

/** Scrolling and typing ask no more often than this. */
const ASK_EVERY_MS = 60;
/** Rows asked for above and below those in sight, and how far they may be off before they are asked for again. */
const MARGIN = 6;
const LARGEST_WINDOW = 200;

/** The live table as far as this page looks at it: a window that the server keeps up to date. */
export class LiveTable {
  /** `null` until the first answer. */
  window = $state.raw<WindowRows | null>(null);
  error = $state<string | null>(null);

  #api: AdminApi | null = null;
  #id: number | null = null;
  #query: WindowQuery = {};
  #offset = 0;
  #size = 50;
  /** Number of the hold in force, 0 when none is; never used twice. */
  #hold = 0;
  #holds = 0;
  #ask = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #askFromMs = 0;

  /** Opens the window on this connection; until the returned function is called. */
  follow(api: AdminApi): () => void {
    this.#api = api;
    this.#id = null;
    this.error = null;
    const asked = this.#ask;
    const subscription = api.sessions.window.subscribe(this.#wanted(), {
      onData: (update) => this.#take(update, asked),
      onError: (error) => {
        this.error = errorText(error);
      },
    });
    return () => {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#api = null;
      subscription.unsubscribe();
    };
  }

  /** Asks for another order or filter. */
  narrow(query: WindowQuery): void {
    this.#query = query;
    this.#changed();
  }

  /** Says which places are in sight. */
  show(first: number, end: number): void {
    const offset = Math.max(0, first - MARGIN);
    const size = Math.min(LARGEST_WINDOW, Math.max(1, end - first + 2 * MARGIN));
    const near = Math.abs(offset - this.#offset) < MARGIN && Math.abs(size - this.#size) < MARGIN;
    const known = first >= this.#offset && end <= this.#offset + this.#size;
    if (near && known) return;
    this.#offset = offset;
    this.#size = size;
    this.#changed();
  }

  /** Keeps every row in its place, or lets them move again. */
  hold(on: boolean): void {
    if (on === this.#hold > 0) return;
    this.#setHold(on);
  }

  /** Puts every row where it belongs now, and goes on holding if rows are held. */
  showChanges(): void {
    this.#setHold(this.#hold > 0);
  }

  #setHold(on: boolean): void {
    if (on) this.#holds += 1;
    this.#hold = on ? this.#holds : 0;
    this.#changed();
  }

  #wanted(): WindowQuery {
    return { ...this.#query, offset: this.#offset, size: this.#size, hold: this.#hold };
  }

  #changed(): void {
    this.#ask += 1;
    if (this.#api === null || this.#id === null || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#look(), Math.max(0, this.#askFromMs - performance.now()));
  }

  #look(): void {
    this.#timer = undefined;
    this.#askFromMs = performance.now() + ASK_EVERY_MS;
    if (this.#api === null || this.#id === null) return;
    const asked = { ...this.#wanted(), window: this.#id, ask: this.#ask };
    this.#api.sessions.look.mutate(asked).then(
      () => {
        this.error = null;
      },
      (error) => {
        if (this.#api !== null) this.error = errorText(error);
      },
    );
  }

  /** @param asked what had been asked when the window was opened */
  #take(update: LiveWindowUpdate, asked: number): void {
    const isFirst = this.#id === null;
    this.#id = update.window;
    this.window = applied(isFirst ? null : this.window, update);
    if (isFirst && this.#ask !== asked) this.#changed();
  }
}
