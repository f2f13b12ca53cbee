/** A WebSocket message of one frame, framed once for all sockets that it goes to. */

const FINAL_TEXT = 0x81;
const FINAL_BINARY = 0x82;
/** The longest payload whose length fits into the second byte of a header. */
const LENGTH_7_MAX = 125;
const LENGTH_16 = 126;
const LENGTH_16_MAX = 65_535;
const LENGTH_64 = 127;

export class Frame {
  /** What the message says: text as a string, anything else is binary. */
  readonly payload: string | Uint8Array;
  #bytes: Buffer | null = null;

  constructor(payload: string | Uint8Array) {
    this.payload = payload;
  }

  /** Header and payload together, as a server sends them: whole, unmasked and uncompressed. Made when first asked for; not to be changed. */
  get bytes(): Buffer {
    this.#bytes ??= framed(this.payload);
    return this.#bytes;
  }
}

function framed(payload: string | Uint8Array): Buffer {
  const isText = typeof payload === "string";
  const length = isText ? Buffer.byteLength(payload) : payload.length;
  const start = length <= LENGTH_7_MAX ? 2 : length <= LENGTH_16_MAX ? 4 : 10;
  const bytes = Buffer.allocUnsafe(start + length);
  bytes[0] = isText ? FINAL_TEXT : FINAL_BINARY;
  if (start === 2) bytes[1] = length;
  else if (start === 4) {
    bytes[1] = LENGTH_16;
    bytes.writeUInt16BE(length, 2);
  } else {
    bytes[1] = LENGTH_64;
    bytes.writeBigUInt64BE(BigInt(length), 2);
  }
  if (isText) bytes.write(payload, start);
  else bytes.set(payload, start);
  return bytes;
}
