/** The names in one room, so that nobody comes under one that looks like another's (rule NAM2). */
import { caseless, looksOf } from "../contract/personName.ts";

interface Look {
  /** The name that all have who look so, case aside. */
  readonly name: string;
  count: number;
}

export class NamesHere {
  readonly #looks = new Map<string, Look>();

  /** Whether somebody here has a name that is another one and looks like this one. */
  hasLookAlike(name: string): boolean {
    const plain = caseless(name);
    return looksOf(name).some((look) => (this.#looks.get(look)?.name ?? plain) !== plain);
  }

  add(name: string): void {
    for (const look of looksOf(name)) {
      const known = this.#looks.get(look);
      if (known === undefined) this.#looks.set(look, { name: caseless(name), count: 1 });
      else known.count += 1;
    }
  }

  /** Once for each time that it was added. */
  remove(name: string): void {
    for (const look of looksOf(name)) {
      const known = this.#looks.get(look);
      if (known === undefined) continue;
      known.count -= 1;
      if (known.count === 0) this.#looks.delete(look);
    }
  }
}
