/** Tells persons of one name apart by a number, in the order in which this page came to know them. */

export interface Named {
  readonly person: string;
  readonly user: string;
}

export class Namesakes {
  /** By name, case aside. */
  readonly #persons = new Map<string, Map<string, number>>();

  /** 1 for the first of a name. A person keeps the number for as long as the page is open, also after leaving. */
  numberOf({ person, user }: Named): number {
    const name = user.toLowerCase();
    const persons = this.#persons.get(name) ?? new Map<string, number>();
    this.#persons.set(name, persons);
    const number = persons.get(person) ?? persons.size + 1;
    persons.set(person, number);
    return number;
  }
}
