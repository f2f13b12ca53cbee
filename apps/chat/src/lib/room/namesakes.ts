/** Tells persons of one name apart by a number, in the order in which this page came to know them. */

export interface Named {
  readonly person: string;
  readonly user: string;
}

/** Persons known at a time. Whoever comes and goes under ever new ids makes others forgotten, not the page grow. */
const KNOWN = 10_000;

export class Namesakes {
  /** By name, case aside; the name that was met first comes first. */
  readonly #persons = new Map<string, Map<string, number>>();
  #known = 0;

  /** 1 for the first of a name. A person keeps the number for as long as the page is open, also after leaving, unless there are too many. */
  numberOf({ person, user }: Named): number {
    const name = user.toLowerCase();
    const number = this.#persons.get(name)?.get(person);
    if (number !== undefined) return number;
    if (this.#known >= KNOWN) this.#forgetOne();
    const persons = this.#persons.get(name) ?? new Map<string, number>();
    this.#persons.set(name, persons);
    this.#known += 1;
    persons.set(person, persons.size + 1);
    return persons.size;
  }

  #forgetOne(): void {
    for (const [name, persons] of this.#persons) {
      this.#persons.delete(name);
      this.#known -= persons.size;
      return;
    }
  }
}
