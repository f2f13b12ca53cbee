/** Cuts a stream of bytes into lines of text, of which none may be longer than a limit. */
export class Lines {
  /** The limit of a line, whose end may still be missing; applies to what is read from now on. */
  maxBytes: number;
  readonly #decoder = new TextDecoder();
  /** The line that has begun, as far as it has come. */
  #begun: string[] = [];
  #begunBytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /**
   * Calls back for each line that a chunk completes, until `take` says `false`.
   * @returns `false` when a line is longer than the limit.
   */
  read(chunk: Uint8Array, take: (line: string, bytes: number) => boolean): boolean {
    let from = 0;
    for (let to = chunk.indexOf(10); to >= 0; to = chunk.indexOf(10, from)) {
      if (!this.#append(chunk.subarray(from, to))) return false;
      const bytes = this.#begunBytes + 1;
      const line = this.#begun.join("") + this.#decoder.decode();
      this.#begun = [];
      this.#begunBytes = 0;
      from = to + 1;
      if (!take(line, bytes)) return true;
    }
    return this.#append(chunk.subarray(from));
  }

  #append(part: Uint8Array): boolean {
    this.#begunBytes += part.length;
    if (this.#begunBytes > this.maxBytes) return false;
    if (part.length > 0) this.#begun.push(this.#decoder.decode(part, { stream: true }));
    return true;
  }
}
