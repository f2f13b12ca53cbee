/**
 * Looks now and then at how much the disk has left (rule WHO6). Below the floor, chat messages are refused, so that ends can still be
 * written when strangers fill the disk.
 */
import { statfs } from "node:fs/promises";
import type { KeeperLog } from "@lastbeat/core";

const EVERY_MS = 10_000;
const MIB = 2 ** 20;
/** Messages are taken again above this share of the floor, so that the state does not change back and forth. */
const RECOVERED = 1.1;

export interface DiskFloorOptions {
  readonly folder: string;
  /** 0: none. */
  readonly floorBytes: number;
  readonly log: Pick<KeeperLog, "warn" | "info">;
  /** Free bytes of the disk with this folder. Default: asks the system. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

export class DiskFloor {
  readonly #options: DiskFloorOptions;
  #timer: NodeJS.Timeout | undefined;
  #cause: string | null = null;

  constructor(options: DiskFloorOptions) {
    this.#options = options;
  }

  /** Looks at once, and then every ten seconds. */
  async start(): Promise<void> {
    if (this.#options.floorBytes === 0) return;
    this.#timer = setInterval(() => void this.look(), EVERY_MS).unref();
    await this.look();
  }

  /** Why chat messages are refused; `null` if they are taken. */
  cause(): string | null {
    return this.#cause;
  }

  /** Never rejects. A disk that cannot be asked is left to the ledger, which says what is wrong when it writes. */
  async look(): Promise<void> {
    const { folder, floorBytes, freeBytes = freeOf, log } = this.#options;
    const free = await freeBytes(folder).catch(() => null);
    if (free === null) return;
    const low = free < (this.#cause === null ? floorBytes : floorBytes * RECOVERED);
    const was = this.#cause;
    const limit = Math.round(floorBytes / MIB);
    this.#cause = low ? `the disk has ${Math.round(free / MIB)} MiB left, and ledger.disk_floor is ${limit} MiB` : null;
    if (low && was === null) log.warn(`Chat messages are refused: ${this.#cause}. Ends are still recorded`);
    if (!low && was !== null) log.info(`Chat messages are taken again: the disk has ${Math.round(free / MIB)} MiB left`);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

async function freeOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
