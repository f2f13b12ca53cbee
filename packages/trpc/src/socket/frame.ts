/** A WebSocket message of one frame, framed once for all sockets that it goes to. */

const FINAL_TEXT = 0x81;
const FINAL_BINARY = 0x82;
/** The longest payload whose length fits into the second byte of a header. */
const LENGTH_7_MAX = 125;
const LENGTH_16 = 126;
const LENGTH_16_MAX = 65_535;
const LENGTH_64 = 127;

/** A piece of a text: a string, or its UTF-8 where that is known. */
export type TextPart = string | Buffer;

export class Frame {
  /** A string is text and bytes are binary; a list has the pieces of a text. */
  readonly #content: string | Uint8Array | readonly TextPart[];
  #length = -1;
  #bytes: Buffer | null = null;

  /** A text given as pieces is put together only where it is written. */
  constructor(content: string | Uint8Array | readonly TextPart[]) {
    this.#content = content;
  }

  /** What the message says: text as a string, anything else is binary. */
  get payload(): string | Uint8Array {
    const content = this.#content;
    return isParts(content) ? content.map(String).join("") : content;
  }

  /** Bytes of header and payload. */
  get length(): number {
    if (this.#length < 0) {
      const length = lengthOf(this.#content);
      this.#length = headerLength(length) + length;
    }
    return this.#length;
  }

  /** Header and payload, as a server sends them: whole, unmasked and uncompressed. Made when first asked for; not to be changed. */
  get bytes(): Buffer {
    if (this.#bytes === null) {
      this.#bytes = Buffer.allocUnsafe(this.length);
      this.#write(this.#bytes, 0);
    }
    return this.#bytes;
  }

  /** Writes the same bytes into `target`, which has room for `length` of them at `start`. */
  writeTo(target: Buffer, start: number): void {
    if (this.#bytes === null) this.#write(target, start);
    else target.set(this.#bytes, start);
  }

  #write(target: Buffer, start: number): void {
    const content = this.#content;
    target[start] = content instanceof Uint8Array ? FINAL_BINARY : FINAL_TEXT;
    let at = writeLength(target, start + 1, this.length);
    if (!isParts(content)) put(target, at, content);
    else for (const part of content) at += put(target, at, part);
  }
}

function isParts(content: string | Uint8Array | readonly TextPart[]): content is readonly TextPart[] {
  return Array.isArray(content);
}

function lengthOf(content: string | Uint8Array | readonly TextPart[]): number {
  if (typeof content === "string") return Buffer.byteLength(content);
  if (!isParts(content)) return content.length;
  let length = 0;
  for (const part of content) length += typeof part === "string" ? Buffer.byteLength(part) : part.length;
  return length;
}

function headerLength(payload: number): number {
  return payload <= LENGTH_7_MAX ? 2 : payload <= LENGTH_16_MAX ? 4 : 10;
}

/** @param frame bytes of header and payload. @returns where the payload begins. */
function writeLength(target: Buffer, at: number, frame: number): number {
  if (frame <= 2 + LENGTH_7_MAX) {
    target[at] = frame - 2;
    return at + 1;
  }
  if (frame <= 4 + LENGTH_16_MAX) {
    target[at] = LENGTH_16;
    return target.writeUInt16BE(frame - 4, at + 1);
  }
  target[at] = LENGTH_64;
  return target.writeBigUInt64BE(BigInt(frame - 10), at + 1);
}

/** @returns how many bytes it put there. */
function put(target: Buffer, at: number, part: string | Uint8Array): number {
  if (typeof part === "string") return target.write(part, at);
  target.set(part, at);
  return part.length;
}
