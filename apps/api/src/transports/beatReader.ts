/**
 * Takes a client's heartbeats from what a socket reads before Node's stream and the parser of `ws` get it: they would spend ten times as
 * long on it as the keeper does. Everything else goes the usual way, byte for byte.
 *
 * This replaces `onread` of the socket's handle, which is Node's own. Where there is none, every heartbeat goes the usual way.
 */
import type { Duplex } from "node:stream";
import { leftOfFrame, UNKNOWN } from "./frameBounds.ts";

export interface BeatTaker {
  /** The payload of a heartbeat; less than 126 bytes. */
  readonly beatPayload: Uint8Array;
  beat(): void;
}

type OnRead = (this: ReadHandle, data?: ArrayBuffer) => unknown;

const reader = Symbol("beat reader");

interface ReadHandle {
  onread?: OnRead;
  [reader]?: BeatReader;
}

const TEXT_FRAME = 0x81;
const MASKED = 0x80;
/** Two bytes, and the mask. */
const HEADER_BYTES = 6;

export class BeatReader {
  readonly #taker: BeatTaker;
  readonly #passOn: OnRead;
  /** How much of the frame that is coming is still to come; `UNKNOWN` where frames can no longer be told apart. */
  #left = 0;

  private constructor(taker: BeatTaker, passOn: OnRead) {
    this.#taker = taker;
    this.#passOn = passOn;
  }

  /** Starts to take heartbeats from a stream that `ws` reads, at the beginning of a frame. @returns whether it can. */
  static start(stream: Duplex, taker: BeatTaker): boolean {
    const handle = (stream as { readonly _handle?: ReadHandle | null })._handle ?? null;
    // What was read before is on its way to `ws`, and may end within a frame.
    if (typeof handle?.onread !== "function" || stream.readableLength > 0) return false;
    handle[reader] = new BeatReader(taker, handle.onread);
    handle.onread = chunkCame;
    return true;
  }

  chunk(handle: ReadHandle, data: ArrayBuffer | undefined): unknown {
    if (data !== undefined && this.#left !== UNKNOWN) {
      const bytes = new Uint8Array(data);
      if (this.#left === 0 && isBeat(bytes, this.#taker.beatPayload)) return this.#taker.beat();
      this.#left = leftOfFrame(bytes, this.#left);
    }
    return this.#passOn.call(handle, data);
  }
}

function chunkCame(this: ReadHandle, data?: ArrayBuffer): unknown {
  return this[reader]?.chunk(this, data);
}

/** Whether this is one whole frame, and a heartbeat. */
function isBeat(bytes: Uint8Array, payload: Uint8Array): boolean {
  const { length } = payload;
  if (bytes.length !== HEADER_BYTES + length || bytes[0] !== TEXT_FRAME || bytes[1] !== (MASKED | length)) return false;
  for (let at = 0; at < length; at += 1) {
    if (((bytes[HEADER_BYTES + at] as number) ^ (bytes[2 + (at & 3)] as number)) !== payload[at]) return false;
  }
  return true;
}
