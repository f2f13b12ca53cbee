/**
 * A hashed timing wheel: one deadline per node, one timer for all, every operation O(1).
 * Source: Varghese and Lauck, "Hashed and hierarchical timing wheels", SOSP 1987, scheme 6; with arrays instead of lists, so that
 * neither arming nor disarming touches another node. At 100,000 sessions most of a heartbeat's cost is waiting for memory.
 */

/** The fields that the wheel keeps in the object it times. */
export interface WheelNode {
  /** Observed milliseconds at which it fires; `UNARMED` when it is not armed. */
  wheelDueMs: number;
  /** Its slot, and its index there: index × slots + slot. */
  wheelPlace: number;
}

/** Slots of the wheel; with a tick of 100 ms one revolution takes 102 s. */
const SLOTS = 1_024;

/** Nodes read ahead together before the first of them is taken. */
const LOOK_AHEAD = 32;

export const UNARMED = -1;

/** A node's initial fields. */
export const unarmed: Readonly<WheelNode> = { wheelDueMs: UNARMED, wheelPlace: 0 };

/**
 * The nodes of one tick; `null` where one was disarmed. Its list keeps its length when it is emptied, and the slot is used again for another
 * tick: a new list for each tick would be copied as it grows, and again by the garbage collector.
 */
class Slot<T> {
  readonly nodes: (T | null)[] = [];
  size = 0;

  push(node: T): void {
    if (this.size < this.nodes.length) this.nodes[this.size] = node;
    else this.nodes.push(node);
    this.size += 1;
  }

  remove(index: number): void {
    this.nodes[index] = null;
    if (index === this.size - 1) this.size -= 1;
  }
}

/** An emptied slot is kept unless its list is longer than this and four times as long as was needed. */
const KEPT_LENGTH = 1_024;

export class TimingWheel<T extends WheelNode> {
  readonly #tickMs: number;
  readonly #lookAhead: (node: T) => void;
  /** The slot of a tick, for the ticks from `#firing` to one revolution later; `null` for a tick without nodes. */
  readonly #slots = Array.from({ length: SLOTS }, (): Slot<T> | null => null);
  readonly #emptied: Slot<T>[] = [];
  /** The tick up to which nodes have expired. */
  #tick: number;
  /** The tick whose nodes are being taken; lags behind `#tick` until all expired nodes are taken. */
  #firing: number;
  /** How far the slot of `#firing` has been taken, and read ahead. */
  #taken = 0;
  #lookedAt = 0;
  #armed = 0;

  /**
   * `nowMs` is the current observed time; deadlines are rounded up to multiples of `tickMs`. `lookAhead` is called with each node
   * shortly before it is taken: the processor can then fetch the memory of many nodes in parallel.
   */
  constructor(nowMs: number, tickMs: number, lookAhead: (node: T) => void = () => {}) {
    this.#tickMs = tickMs;
    this.#tick = Math.floor(nowMs / tickMs);
    this.#firing = this.#tick;
    this.#lookAhead = lookAhead;
  }

  /** Nodes that are armed, or expired and not taken yet. */
  get size(): number {
    return this.#armed;
  }

  /** Arms a node for `dueMs`, or moves its deadline. A deadline in the past expires with the next tick. */
  arm(node: T, dueMs: number): void {
    this.disarm(node);
    node.wheelDueMs = dueMs;
    this.#armed += 1;
    this.#place(node, Math.max(this.#tick + 1, this.#tickOf(dueMs)));
  }

  /** Disarms a node; a no-op when it is not armed. */
  disarm(node: T): void {
    if (node.wheelDueMs === UNARMED) return;
    this.#slots[node.wheelPlace & (SLOTS - 1)]?.remove(Math.floor(node.wheelPlace / SLOTS));
    this.#unarm(node);
  }

  /** Advances the wheel to `nowMs`. Expired nodes wait for `takeExpired`, in the order of their deadlines' ticks. */
  advance(nowMs: number): void {
    this.#tick = Math.max(this.#tick, Math.floor(nowMs / this.#tickMs));
  }

  /** Takes and disarms the next expired node; `undefined` when there is none. */
  takeExpired(): T | undefined {
    for (;;) {
      const slot = this.#slots[this.#firing & (SLOTS - 1)] as Slot<T> | null;
      if (slot !== null) {
        const node = this.#takeFrom(slot);
        if (node !== undefined) return node;
        this.#empty(slot);
      }
      if (this.#firing === this.#tick) return undefined;
      this.#firing += 1;
    }
  }

  #takeFrom(slot: Slot<T>): T | undefined {
    while (this.#taken < slot.size) {
      if (this.#taken >= this.#lookedAt) this.#look(slot);
      const node = slot.nodes[this.#taken] as T | null;
      slot.nodes[this.#taken] = null;
      this.#taken += 1;
      if (node !== null && this.#fires(node)) return node;
    }
    return undefined;
  }

  #empty(slot: Slot<T>): void {
    if (slot.nodes.length <= Math.max(KEPT_LENGTH, 4 * this.#taken)) this.#emptied.push(slot);
    slot.size = 0;
    this.#taken = 0;
    this.#lookedAt = 0;
    this.#slots[this.#firing & (SLOTS - 1)] = null;
  }

  /** Disarms a node whose slot is firing and returns `true`; one due in a later revolution is moved instead. */
  #fires(node: T): boolean {
    const tick = this.#tickOf(node.wheelDueMs);
    if (tick > this.#firing) {
      this.#place(node, tick);
      return false;
    }
    this.#unarm(node);
    return true;
  }

  #unarm(node: T): void {
    node.wheelDueMs = UNARMED;
    this.#armed -= 1;
  }

  /** Puts a node into its tick's slot, or into the farthest slot when the tick is more than a revolution away. */
  #place(node: T, tick: number): void {
    const number = Math.min(tick, this.#firing + SLOTS - 1) & (SLOTS - 1);
    this.#slots[number] ??= this.#emptied.pop() ?? new Slot();
    const slot = this.#slots[number] as Slot<T>;
    node.wheelPlace = slot.size * SLOTS + number;
    slot.push(node);
  }

  #look(slot: Slot<T>): void {
    this.#lookedAt = Math.min(slot.size, this.#taken + LOOK_AHEAD);
    for (let index = this.#taken; index < this.#lookedAt; index += 1) {
      const node = slot.nodes[index] as T | null;
      if (node !== null) this.#lookAhead(node);
    }
  }

  #tickOf(dueMs: number): number {
    return Math.ceil(dueMs / this.#tickMs);
  }
}
