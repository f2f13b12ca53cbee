/** Where a client's WebSocket frames end, followed over the chunks in which they are read. */

/** The chunks no longer say where a frame begins. */
export const UNKNOWN = -1;

const FINAL = 0x80;
const OPCODE = 0x0f;
const MASK_BYTES = 4;
const LENGTH = 0x7f;
const LENGTH_16 = 126;

/**
 * How many bytes are still to come of the frame in which a chunk ends; 0 when it ends with a frame. `UNKNOWN` after a header that
 * is split between chunks, and after what no small message looks like: the parser alone knows what follows then.
 * @param left what was still to come of a frame before the chunk.
 */
export function leftOfFrame(bytes: Uint8Array, left: number): number {
  const { length } = bytes;
  let at = left;
  while (at < length) {
    const size = frameBytes(bytes, at);
    if (size === UNKNOWN) return UNKNOWN;
    at += size;
  }
  return at - length;
}

/** The length of the frame that begins at `at`, header and all. */
function frameBytes(bytes: Uint8Array, at: number): number {
  if (bytes.length - at < 4) return UNKNOWN;
  const first = bytes[at] as number;
  // A part of a message in fragments, among whose frames a heartbeat would be an error.
  if ((first & FINAL) === 0 || (first & OPCODE) === 0) return UNKNOWN;
  const length = (bytes[at + 1] as number) & LENGTH;
  if (length < LENGTH_16) return 2 + MASK_BYTES + length;
  if (length > LENGTH_16) return UNKNOWN;
  return 4 + MASK_BYTES + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number));
}
