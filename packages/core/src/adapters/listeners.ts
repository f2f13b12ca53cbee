/** Listeners on an object that others made, taken off again all at once. */

/** What is needed of an event emitter. */
export interface NodeEmitter {
  on(event: string, listener: (...values: unknown[]) => void): unknown;
  removeListener(event: string, listener: (...values: unknown[]) => void): unknown;
}

export class Listeners {
  #undo: (() => void)[] = [];

  on<Values extends readonly unknown[]>(source: NodeEmitter, event: string, listener: (...values: Values) => void): void {
    const heard = (...values: unknown[]) => listener(...(values as unknown as Values));
    source.on(event, heard);
    this.#undo.push(() => source.removeListener(event, heard));
  }

  /** Something else to undo with the listeners. */
  add(undo: () => void): void {
    this.#undo.push(undo);
  }

  removeAll(): void {
    const undo = this.#undo;
    this.#undo = [];
    for (const each of undo) each();
  }
}
