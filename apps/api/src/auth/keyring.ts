/** The signing secret and the list of used links, in a file in the data folder that only the server's user can read. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { replaceFile } from "../files/replaceFile.ts";

const stored = z.object({
  secret: z.string().regex(/^[0-9a-f]{64}$/),
  /** Expiry of each used link by id. Expired entries are dropped. */
  revoked: z.record(z.string(), z.number()),
});

type Stored = z.output<typeof stored>;

export class Keyring {
  readonly #file: string | null;
  readonly #keys: Stored;

  /** @param file where to store the keys; `null` keeps them in memory only. */
  constructor(file: string | null) {
    this.#file = file;
    const found = file !== null && existsSync(file) ? parse(readFileSync(file, "utf8")) : null;
    this.#keys = found ?? { secret: randomBytes(32).toString("hex"), revoked: {} };
    if (found === null) this.#write();
  }

  get secret(): string {
    return this.#keys.secret;
  }

  isRevoked(id: string): boolean {
    return Object.hasOwn(this.#keys.revoked, id);
  }

  revoke(id: string, expiresAtMs: number, nowMs: number): void {
    const { revoked } = this.#keys;
    for (const [old, expired] of Object.entries(revoked)) {
      if (expired <= nowMs) delete revoked[old];
    }
    revoked[id] = expiresAtMs;
    this.#write();
  }

  #write(): void {
    if (this.#file !== null) replaceFile(this.#file, JSON.stringify(this.#keys));
  }
}

/** Returns `null` for a damaged file, which gets replaced with a new secret. Operators sign in again; nothing else is lost. */
function parse(text: string): Stored | null {
  try {
    return stored.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
