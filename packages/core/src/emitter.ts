/** Typed listeners. One that throws is reported and harms neither the others nor the caller. */
import type { Disposer } from "./time/clock.ts";

type Listener<T> = (payload: T) => void;

export class Emitter<Events> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();
  readonly #onError: (event: string, thrown: unknown) => void;

  constructor(onError: (event: string, thrown: unknown) => void) {
    this.#onError = onError;
  }

  on<E extends keyof Events>(event: E, listener: Listener<Events[E]>): Disposer {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  emit<E extends keyof Events>(event: E, payload: Events[E]): void {
    const listeners = this.#listeners.get(event);
    if (listeners === undefined) return;
    for (const listener of listeners as Set<Listener<Events[E]>>) {
      try {
        listener(payload);
      } catch (thrown) {
        this.#onError(String(event), thrown);
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}
