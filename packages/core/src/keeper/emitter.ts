/**
 * A typed event emitter. A listener that throws affects neither the other listeners nor the caller.
 * An event emitted by a listener is queued until the current one is delivered. So all listeners see all events in one order, and
 * a listener that causes the next event does not grow the stack.
 */

import type { Disposer } from "../ports/clock.ts";
import type { Guard } from "./guard.ts";

interface Registration {
  readonly listener: (payload: never) => unknown;
  isOn: boolean;
}

interface QueuedEvent {
  readonly event: PropertyKey;
  readonly payload: unknown;
}

export class Emitter<Events> {
  /** Each list is replaced, never mutated: a listener added during a delivery does not receive that event. */
  readonly #listeners = new Map<PropertyKey, readonly Registration[]>();
  readonly #guard: Guard;
  #queue: QueuedEvent[] = [];
  #isDelivering = false;

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

  /** Whether it matters to emit an event: somebody listens, or may do so by the time it is delivered. */
  hears(event: keyof Events): boolean {
    return this.#isDelivering || (this.#listeners.get(event)?.length ?? 0) > 0;
  }

  emit<E extends keyof Events>(event: E, payload: Events[E]): void {
    if (this.#isDelivering) {
      this.#queue.push({ event, payload });
      return;
    }
    this.#isDelivering = true;
    this.#deliver(event, payload);
    for (let at = 0; at < this.#queue.length; at += 1) {
      const queued = this.#queue[at] as QueuedEvent;
      this.#deliver(queued.event, queued.payload);
    }
    if (this.#queue.length > 0) this.#queue = [];
    this.#isDelivering = false;
  }

  clear(): void {
    this.#listeners.clear();
  }

  #tell(event: PropertyKey, listener: Registration["listener"], payload: never): void {
    try {
      const returned = listener(payload);
      if (returned instanceof Promise) this.#guard.catchRejection(nameOf(event), returned);
    } catch (thrown) {
      this.#guard.failed(nameOf(event), thrown);
    }
  }

  #deliver(event: PropertyKey, payload: unknown): void {
    for (const { listener, isOn } of this.#listeners.get(event) ?? []) {
      if (isOn) this.#tell(event, listener, payload as never);
    }
  }
}

function nameOf(event: PropertyKey): string {
  return `a listener of ${String(event)}`;
}
