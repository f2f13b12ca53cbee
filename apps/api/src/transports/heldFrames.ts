/**
 * Frames that one socket will be sent when the turn of the event loop ends. Sockets that are sent the same frames in the same order share
 * one list, so a broadcast makes one list and joins its bytes once, however many sockets it goes to.
 */

/** The list of one frame that was made last, as the next socket is often sent the same. */
let latest: HeldFrames | null = null;

export class HeldFrames {
  /** Bytes of all its frames. */
  readonly length: number;
  readonly #before: HeldFrames | null;
  readonly #last: Buffer;
  #joined: Buffer | null = null;
  /** The continuation that was made last. */
  #next: HeldFrames | null = null;

  private constructor(before: HeldFrames | null, last: Buffer) {
    this.#before = before;
    this.#last = last;
    this.length = (before?.length ?? 0) + last.length;
  }

  /** The list with one more frame. `held` is unchanged. */
  static append(held: HeldFrames | null, frame: Buffer): HeldFrames {
    const known = held === null ? latest : held.#next;
    if (known !== null && known.#last === frame) return known;
    const made = new HeldFrames(held, frame);
    if (held === null) latest = made;
    else held.#next = made;
    return made;
  }

  /** Lists made from now on share nothing with earlier ones, which can leave memory. */
  static forget(): void {
    latest = null;
  }

  /** All frames as one buffer, which is made once. */
  get bytes(): Buffer {
    this.#joined ??= this.#before === null ? this.#last : this.#join();
    return this.#joined;
  }

  #join(): Buffer {
    const joined = Buffer.allocUnsafe(this.length);
    for (let list: HeldFrames | null = this; list !== null; list = list.#before) {
      joined.set(list.#last, list.length - list.#last.length);
    }
    return joined;
  }
}
