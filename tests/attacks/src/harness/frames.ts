/** WebSocket frames as an attacker makes them, right ones and wrong ones, and a reader of what a server sends. */

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameOptions {
  readonly opcode?: number;
  /** Default: true. */
  readonly final?: boolean;
  /** The reserved bits, 0 to 7. */
  readonly reserved?: number;
  /** Default: true, as a client must. */
  readonly masked?: boolean;
  /** Four bytes; default: zeros, which leave the payload as it is. */
  readonly mask?: Uint8Array;
  /** The length that the header states; default: the payload's. */
  readonly length?: number | bigint;
}

const LENGTH_7_MAX = 125;
const LENGTH_16_MAX = 65_535;

export function frame(payload: Buffer | string, options: FrameOptions = {}): Buffer {
  const { opcode = opcodes.text, final = true, reserved = 0, masked = true, mask = Buffer.alloc(4) } = options;
  const data = Buffer.from(payload);
  const first = (final ? 0x80 : 0) | (reserved << 4) | opcode;
  const lengthBytes = writtenLength(options.length ?? data.length);
  lengthBytes[0] = (lengthBytes[0] as number) | (masked ? 0x80 : 0);
  if (!masked) return Buffer.concat([Buffer.from([first]), lengthBytes, data]);
  for (let at = 0; at < data.length; at += 1) data[at] = (data[at] as number) ^ (mask[at & 3] as number);
  return Buffer.concat([Buffer.from([first]), lengthBytes, mask, data]);
}

function writtenLength(length: number | bigint): Buffer {
  if (typeof length === "number" && length <= LENGTH_7_MAX) return Buffer.from([length]);
  if (typeof length === "number" && length <= LENGTH_16_MAX) return Buffer.from([126, length >> 8, length & 255]);
  const bytes = Buffer.alloc(9, 127);
  bytes.writeBigUInt64BE(BigInt(length), 1);
  return bytes;
}

export interface ServerFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** The whole frames at the beginning of what a server sent, and what is left. */
export function readFrames(bytes: Buffer): { readonly frames: ServerFrame[]; readonly rest: Buffer } {
  const frames: ServerFrame[] = [];
  let rest = bytes;
  for (;;) {
    const short = (rest[1] ?? 0) & 0x7f;
    const head = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (rest.length < head) return { frames, rest };
    const length = short === 127 ? Number(rest.readBigUInt64BE(2)) : short === 126 ? rest.readUInt16BE(2) : short;
    if (rest.length < head + length) return { frames, rest };
    frames.push({ opcode: (rest[0] ?? 0) & 0x0f, payload: rest.subarray(head, head + length) });
    rest = rest.subarray(head + length);
  }
}

/** The code and reason of a close frame. */
export function closeOf({ payload }: ServerFrame): { readonly code: number; readonly reason: string } {
  return payload.length < 2
    ? { code: 1005, reason: "" }
    : { code: payload.readUInt16BE(0), reason: payload.subarray(2).toString() };
}
