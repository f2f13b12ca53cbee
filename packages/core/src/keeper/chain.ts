/** A doubly linked list. A `Set` would do, but finding the first of one whose first are removed all the time means looking at the gaps. */

export interface Chained<T> {
  readonly item: T;
  before: Chained<T> | null;
  after: Chained<T> | null;
}

/** Appends, removes and tells its first item in constant time. */
export class Chain<T> {
  #first: Chained<T> | null = null;
  #last: Chained<T> | null = null;

  get first(): T | undefined {
    return this.#first?.item;
  }

  /** @returns what `remove` takes. */
  append(item: T): Chained<T> {
    const link: Chained<T> = { item, before: this.#last, after: null };
    if (this.#last === null) this.#first = link;
    else this.#last.after = link;
    this.#last = link;
    return link;
  }

  /** The link must be of this chain, and is removed once. */
  remove({ before, after }: Chained<T>): void {
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
  }
}
