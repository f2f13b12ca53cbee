/**
 * Frames that one socket will be sent when the turn of the event loop ends. Sockets that are sent the same frames in the same order share
 * one list, so a broadcast makes one list and joins its bytes once, however many sockets it goes to.
 */
import type { Writable } from "node:stream";
import type { Frame } from "@lastbeat/trpc/link";

/** Long enough for most of what one socket is sent in a turn. */
const SCRATCH_BYTES = 65_536;

/** The list of one frame that was made last, as the next socket is often sent the same. */
let latest: HeldFrames | null = null;
/** Where bytes for one socket are put together; `null` once a stream has kept them, until the turn has ended. */
let scratch: Buffer | null = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

export class HeldFrames {
  /** Bytes of all its frames. */
  readonly length: number;
  readonly #before: HeldFrames | null;
  readonly #last: Frame;
  #isShared = false;
  #joined: Buffer | null = null;
  /** The continuation that was made last. */
  #next: HeldFrames | null = null;

  private constructor(before: HeldFrames | null, last: Frame) {
    this.#before = before;
    this.#last = last;
    this.length = (before?.length ?? 0) + last.length;
  }

  /** The list with one more frame. `held` is unchanged. */
  static append(held: HeldFrames | null, frame: Frame): HeldFrames {
    const known = held === null ? latest : held.#next;
    if (known !== null && known.#last === frame) {
      known.#isShared = true;
      return known;
    }
    const made = new HeldFrames(held, frame);
    if (held === null) latest = made;
    else held.#next = made;
    return made;
  }

  /** Lists made from now on share nothing with earlier ones, which can leave memory. */
  static forget(): void {
    latest = null;
    scratch ??= Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  }

  /** All frames as one buffer, which is made once and not to be changed. */
  get bytes(): Buffer {
    if (this.#before === null) return this.#last.bytes;
    if (this.#joined === null) {
      this.#joined = Buffer.allocUnsafe(this.length);
      this.#putInto(this.#joined);
    }
    return this.#joined;
  }

  /** Writes all frames at once. */
  writeTo(stream: Writable): void {
    // Bytes that the stream keeps must not be changed, so these are for one that hands them on at once.
    const reused = this.#isShared || this.length > SCRATCH_BYTES || stream.writableLength > 0 ? null : scratch;
    if (reused === null) return void stream.write(this.bytes);
    this.#putInto(reused);
    stream.write(reused.subarray(0, this.length));
    if (stream.writableLength > 0) scratch = null;
  }

  #putInto(target: Buffer): void {
    for (let list: HeldFrames | null = this; list !== null; list = list.#before) {
      list.#last.writeTo(target, list.length - list.#last.length);
    }
  }
}
