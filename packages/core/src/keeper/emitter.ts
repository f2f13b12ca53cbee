/**
 * Typed listeners. One that throws harms neither the others nor the caller. What is told while something else is being told, because a
 * listener caused it, is told afterwards: so all hear everything in one order, and a listener that causes the next event, which it
 * hears too, never grows the stack.
 */

import type { Disposer } from "../ports/clock.ts";
import type { Guard } from "./guard.ts";

interface Registration {
  readonly listener: (payload: never) => unknown;
  isOn: boolean;
}

interface News {
  readonly event: PropertyKey;
  readonly payload: unknown;
}

export class Emitter<Events> {
  /** Each list is replaced, never changed: whoever comes while something is told does not hear it. */
  readonly #listeners = new Map<PropertyKey, readonly Registration[]>();
  readonly #guard: Guard;
  #news: News[] = [];
  #isTelling = false;

  constructor(guard: Guard) {
    this.#guard = guard;
  }

  on<E extends keyof Events>(event: E, listener: (payload: Events[E]) => void): Disposer {
    const registration: Registration = { listener, isOn: true };
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), registration]);
    return () => {
      registration.isOn = false;
      const left = (this.#listeners.get(event) ?? []).filter((other) => other !== registration);
      this.#listeners.set(event, left);
    };
  }

  emit<E extends keyof Events>(event: E, payload: Events[E]): void {
    this.#news.push({ event, payload });
    if (this.#isTelling) return;
    this.#isTelling = true;
    for (let at = 0; at < this.#news.length; at += 1) this.#tell(this.#news[at] as News);
    this.#news = [];
    this.#isTelling = false;
  }

  clear(): void {
    this.#listeners.clear();
  }

  #tell({ event, payload }: News): void {
    for (const { listener, isOn } of this.#listeners.get(event) ?? []) {
      if (isOn) this.#guard.run(`a listener of ${String(event)}`, () => listener(payload as never));
    }
  }
}
