/** One timer for a deadline that frames move far more often than it falls due: moved to later, it is set again only when it fires. */
import type { Disposer } from "../ports/clock.ts";
import type { ClientClock } from "./ports.ts";

export class DeadlineTimer {
  readonly #clock: ClientClock;
  readonly #due: (lateMs: number) => void;
  #dueAtMs: number | null = null;
  #timer: { readonly atMs: number; readonly cancel: Disposer } | null = null;

  /** `due` is told how late it is, from when the timer was to fire: the page may have slept through that, with input still unread. */
  constructor(clock: ClientClock, due: (lateMs: number) => void) {
    this.#clock = clock;
    this.#due = due;
  }

  /** Sets the deadline, on the clock; `null` for none. */
  set(dueAtMs: number | null): void {
    this.#dueAtMs = dueAtMs;
    if (this.#timer !== null && dueAtMs !== null && this.#timer.atMs <= dueAtMs) return;
    this.#cancel();
    if (dueAtMs === null) return;
    const cancel = this.#clock.after(Math.max(0, dueAtMs - this.#clock.nowMs()), () => this.look());
    this.#timer = { atMs: dueAtMs, cancel };
  }

  /** Acts if the deadline has passed, whatever has become of the timer. */
  look(): void {
    const dueAtMs = this.#dueAtMs;
    if (dueAtMs === null) return;
    const nowMs = this.#clock.nowMs();
    const atMs = this.#timer?.atMs ?? dueAtMs;
    this.#cancel();
    if (nowMs < dueAtMs) this.set(dueAtMs);
    else this.#due(nowMs - Math.min(atMs, dueAtMs));
  }

  #cancel(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}
