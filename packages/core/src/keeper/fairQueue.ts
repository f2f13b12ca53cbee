/** A queue of members in groups, oldest first. Every question is answered in constant time, however many there are. */

import { Chain, type Chained } from "./chain.ts";

interface Group<T> {
  readonly name: string;
  readonly members: Chain<T>;
  count: number;
  /** Its place among the groups that have as many; `null` before it has any. */
  place: Chained<Group<T>> | null;
}

interface Member<T> {
  readonly group: Group<T>;
  readonly among: { readonly all: Chained<T>; readonly group: Chained<T> };
}

export class FairQueue<T> {
  readonly #members = new Map<T, Member<T>>();
  readonly #all = new Chain<T>();
  readonly #groups = new Map<string, Group<T>>();
  /** Groups by how many members they have. */
  readonly #byCount = new Map<number, Chain<Group<T>>>();
  /** How many the largest group has. */
  #most = 0;

  get size(): number {
    return this.#members.size;
  }

  values(): IterableIterator<T> {
    return this.#members.keys();
  }

  has(item: T): boolean {
    return this.#members.has(item);
  }

  /** It must not be a member yet. */
  add(item: T, groupName: string): void {
    const group = this.#groups.get(groupName) ?? this.#newGroup(groupName);
    this.#members.set(item, { group, among: { all: this.#all.append(item), group: group.members.append(item) } });
    this.#recount(group, group.count + 1);
  }

  /** @returns whether it was a member. */
  delete(item: T): boolean {
    const member = this.#members.get(item);
    if (member === undefined) return false;
    const { group, among } = member;
    this.#members.delete(item);
    this.#all.remove(among.all);
    group.members.remove(among.group);
    this.#recount(group, group.count - 1);
    return true;
  }

  countOf(groupName: string): number {
    return this.#groups.get(groupName)?.count ?? 0;
  }

  /** A group of which none has more; of those, the one that has had as many for longest. */
  get largest(): { readonly name: string; readonly count: number } {
    return this.#byCount.get(this.#most)?.first ?? { name: "", count: 0 };
  }

  /** The one that came first, of a group or of all. */
  oldest(groupName?: string): T | undefined {
    return groupName === undefined ? this.#all.first : this.#groups.get(groupName)?.members.first;
  }

  #newGroup(name: string): Group<T> {
    const group: Group<T> = { name, members: new Chain<T>(), count: 0, place: null };
    this.#groups.set(name, group);
    return group;
  }

  /** Moves a group to those that have as many. A count changes by one, so the largest is never far. */
  #recount(group: Group<T>, count: number): void {
    const before = group.count;
    this.#leave(group);
    group.count = count;
    if (count === 0) this.#groups.delete(group.name);
    else this.#join(group);
    if (count > this.#most) this.#most = count;
    else if (before === this.#most && !this.#byCount.has(before)) this.#most = count;
  }

  #leave(group: Group<T>): void {
    const equals = this.#byCount.get(group.count);
    if (equals === undefined || group.place === null) return;
    equals.remove(group.place);
    if (equals.first === undefined) this.#byCount.delete(group.count);
  }

  #join(group: Group<T>): void {
    const equals = this.#byCount.get(group.count) ?? new Chain<Group<T>>();
    this.#byCount.set(group.count, equals);
    group.place = equals.append(group);
  }
}
