/**
 * Hashes passwords with argon2id, off the event loop. The parameters are OWASP's (19 MiB, 2 passes, 1 lane) and stored with each hash,
 * in the PHC string format, so that they can be raised later.
 */
import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { failure } from "../contract/errors.ts";

export interface Cost {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
}

const usualCost: Cost = { memoryKiB: 19_456, passes: 2, lanes: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Hashes computed at a time, each in a thread of libuv's four, which files and DNS need too. */
const AT_ONCE = 2;
/** Hashes that may wait for that. They take some 25 ms each. */
const WAITING = 32;

interface Parsed extends Cost {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

export class Passwords {
  readonly #cost: Cost;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  /** A hash of no password, compared where there is no account, so that both take the same time. */
  readonly #nobody: string;
  /** Hashes computed since the start. What a caller costs, and may tell a guesser. */
  computed = 0;

  constructor(cost: Cost = usualCost) {
    this.#cost = cost;
    this.#nobody = written({ ...cost, salt: randomBytes(SALT_BYTES), hash: randomBytes(HASH_BYTES) });
  }

  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const hash = await this.#derive(password, { ...this.#cost, salt, hash: Buffer.alloc(HASH_BYTES) });
    return written({ ...this.#cost, salt, hash });
  }

  /** Whether the password is the one that was hashed. `null` (no account, no password) takes as long and is `false`. */
  async matches(password: string, stored: string | null): Promise<boolean> {
    const parsed = parse(stored ?? this.#nobody);
    if (parsed === null) throw new Error("a stored password hash is damaged");
    const same = timingSafeEqual(await this.#derive(password, parsed), parsed.hash);
    return same && stored !== null;
  }

  /** Whether a hash was made with other parameters than today's. */
  isOutdated(stored: string): boolean {
    const parsed = parse(stored);
    const { memoryKiB, passes, lanes } = this.#cost;
    return parsed === null || parsed.memoryKiB !== memoryKiB || parsed.passes !== passes || parsed.lanes !== lanes;
  }

  async #derive(password: string, { memoryKiB, passes, lanes, salt, hash }: Parsed): Promise<Buffer> {
    await this.#turn();
    this.computed += 1;
    const parameters: Argon2Parameters = {
      message: password,
      nonce: salt,
      memory: memoryKiB,
      passes,
      parallelism: lanes,
      tagLength: hash.length,
    };
    try {
      return await new Promise((resolve, reject) => {
        argon2("argon2id", parameters, (error, key) => (error === null ? resolve(key) : reject(error)));
      });
    } finally {
      const next = this.#waiting.shift();
      // Hands its place over, so that nobody slips in between.
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  /** @throws {LastbeatError} `unavailable` when too many wait already. */
  async #turn(): Promise<void> {
    if (this.#running < AT_ONCE) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= WAITING) throw failure("unavailable", "too many sign-ins at once; try again in a moment");
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

const unpadded = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");

/** `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`, version 1.3 of the algorithm. */
function written({ memoryKiB, passes, lanes, salt, hash }: Parsed): string {
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${lanes}$${unpadded(salt)}$${unpadded(hash)}`;
}

function parse(text: string): Parsed | null {
  const [, memory, passes, lanes, salt = "", hash = ""] =
    /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([\w+/]+)\$([\w+/]+)$/.exec(text) ?? [];
  if (hash === "") return null;
  return {
    memoryKiB: Number(memory),
    passes: Number(passes),
    lanes: Number(lanes),
    salt: Buffer.from(salt, "base64"),
    hash: Buffer.from(hash, "base64"),
  };
}
