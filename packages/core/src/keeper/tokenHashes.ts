/**
 * The hash of every session's resume token, in blocks that sessions share: a string each would take four times as much. A session's hash
 * is in the row of its beat history.
 */
import { Buffer } from "node:buffer";
import { HASH_BYTES } from "./resumeToken.ts";

const BLOCK_ROWS = 1_024;

export class TokenHashes {
  readonly #blocks: Buffer[] = [];

  /** Sets a row's hash, one character per byte. */
  set(row: number, hash: string): void {
    const block = Math.floor(row / BLOCK_ROWS);
    while (this.#blocks.length <= block) this.#blocks.push(Buffer.alloc(BLOCK_ROWS * HASH_BYTES));
    this.#blocks[block]?.write(hash, (row % BLOCK_ROWS) * HASH_BYTES, HASH_BYTES, "latin1");
  }

  /** The hash that was set last; meaningless where none was. */
  get(row: number): string {
    const start = (row % BLOCK_ROWS) * HASH_BYTES;
    return this.#blocks[Math.floor(row / BLOCK_ROWS)]?.toString("latin1", start, start + HASH_BYTES) ?? "";
  }
}
