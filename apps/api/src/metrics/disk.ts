/** The sizes of the database's files and the room left for them. Asked for at each scrape, told at the next: a disk that hangs must not hold a scrape up. */
import { stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";

export interface DiskSizes {
  readonly freeBytes: number;
  readonly databaseBytes: number;
  readonly walBytes: number;
}

export class Disk {
  readonly #file: string;
  #latest: DiskSizes | null = null;
  #isAsking = false;

  constructor(file: string) {
    this.#file = file;
    this.#ask();
  }

  /** As of the previous call; `null` before the first answer. */
  sizes(): DiskSizes | null {
    this.#ask();
    return this.#latest;
  }

  #ask(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    void this.#measure().finally(() => {
      this.#isAsking = false;
    });
  }

  async #measure(): Promise<void> {
    const sizeOf = (file: string) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      );
    try {
      const [{ bavail, bsize }, databaseBytes, walBytes] = await Promise.all([
        statfs(dirname(this.#file)),
        sizeOf(this.#file),
        sizeOf(`${this.#file}-wal`),
      ]);
      this.#latest = { freeBytes: bavail * bsize, databaseBytes, walBytes };
    } catch {
      // Out of descriptors, or the folder is gone: then nothing is told rather than something old.
      this.#latest = null;
    }
  }
}
