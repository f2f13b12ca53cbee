/**
 * A hashed timing wheel: one deadline per node, one timer for all, every operation O(1).
 * Source: Varghese and Lauck, "Hashed and hierarchical timing wheels", SOSP 1987, scheme 6.
 */

/** What the wheel keeps in the object it times. Made by `makeNode`; an unarmed node is linked to itself. */
export interface WheelNode {
  wheelPrev: WheelNode;
  wheelNext: WheelNode;
  /** Observed milliseconds at which it fires; `UNARMED` when it is not armed. */
  wheelDueMs: number;
}

/** Slots of the wheel; with a tick of 100 ms one revolution takes 102 s. */
const SLOTS = 1_024;

export const UNARMED = -1;

/** What a node is linked to before `makeNode` has made it one. */
export const NOWHERE = {} as WheelNode;
/** The part of an object that `makeNode` needs. */
export const unlinked: Readonly<WheelNode> = { wheelPrev: NOWHERE, wheelNext: NOWHERE, wheelDueMs: UNARMED };

/** Makes `target` a node that is not armed. The links are part of it before, so that they lie inside the object. */
export function makeNode<T extends WheelNode>(target: T): T {
  target.wheelPrev = target;
  target.wheelNext = target;
  target.wheelDueMs = UNARMED;
  return target;
}

const sentinel = (): WheelNode => makeNode({ ...unlinked });

function unlink(node: WheelNode): void {
  node.wheelPrev.wheelNext = node.wheelNext;
  node.wheelNext.wheelPrev = node.wheelPrev;
  node.wheelPrev = node;
  node.wheelNext = node;
}

function append(list: WheelNode, node: WheelNode): void {
  node.wheelPrev = list.wheelPrev;
  node.wheelNext = list;
  list.wheelPrev.wheelNext = node;
  list.wheelPrev = node;
}

export class TimingWheel<T extends WheelNode> {
  readonly #tickMs: number;
  readonly #slots = Array.from({ length: SLOTS }, sentinel);
  readonly #expired = sentinel();
  #tick: number;
  #armed = 0;

  /** `nowMs` is observed time now; deadlines are rounded up to multiples of `tickMs`. */
  constructor(nowMs: number, tickMs: number) {
    this.#tickMs = tickMs;
    this.#tick = Math.floor(nowMs / tickMs);
  }

  /** Nodes that are armed, or expired and not fired yet. */
  get size(): number {
    return this.#armed;
  }

  /** Arms a node for `dueMs`, or moves its deadline. A deadline that has passed fires with the next tick. */
  arm(node: T, dueMs: number): void {
    if (node.wheelDueMs === UNARMED) this.#armed += 1;
    else unlink(node);
    node.wheelDueMs = dueMs;
    const tick = Math.max(this.#tick + 1, Math.ceil(dueMs / this.#tickMs));
    append(this.#slot(tick), node);
  }

  /** Takes a node off the wheel. Harmless when it is not armed. */
  disarm(node: T): void {
    if (node.wheelDueMs === UNARMED) return;
    unlink(node);
    node.wheelDueMs = UNARMED;
    this.#armed -= 1;
  }

  /** Moves the wheel to `nowMs`; what has fallen due waits for `takeExpired`, in the order of its deadlines' ticks. */
  advance(nowMs: number): void {
    const target = Math.floor(nowMs / this.#tickMs);
    while (this.#tick < target) {
      this.#tick += 1;
      this.#expire(this.#slot(this.#tick), this.#tick * this.#tickMs);
    }
  }

  /** Takes the next node that has fallen due, unarmed; `undefined` when there is none. */
  takeExpired(): T | undefined {
    const node = this.#expired.wheelNext;
    if (node === this.#expired) return undefined;
    unlink(node);
    node.wheelDueMs = UNARMED;
    this.#armed -= 1;
    return node as T;
  }

  #slot(tick: number): WheelNode {
    return this.#slots[tick & (SLOTS - 1)] as WheelNode;
  }

  /** A slot also holds nodes of later revolutions: they stay. */
  #expire(slot: WheelNode, nowMs: number): void {
    let node = slot.wheelNext;
    while (node !== slot) {
      const next = node.wheelNext;
      if (node.wheelDueMs <= nowMs) {
        unlink(node);
        append(this.#expired, node);
      }
      node = next;
    }
  }
}
