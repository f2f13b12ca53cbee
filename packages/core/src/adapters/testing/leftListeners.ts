/** Counts the listeners that an adapter adds to what it is given. */
import type { EventEmitter } from "node:events";

export class ListenerCount {
  readonly #before: [EventEmitter, number][] = [];

  /** To be called before an adapter is given `emitters`. */
  watch(...emitters: EventEmitter[]): void {
    for (const emitter of emitters) this.#before.push([emitter, listenersOf(emitter)]);
  }

  /** Listeners that are there now and were not before. */
  get left(): number {
    return this.#before.reduce((sum, [emitter, before]) => sum + Math.max(0, listenersOf(emitter) - before), 0);
  }
}

function listenersOf(emitter: EventEmitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
}
