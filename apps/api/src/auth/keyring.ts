/** The signing secret and what is known of links, in a file in the data folder that only the server's user can read. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { replaceFile } from "../files/replaceFile.ts";

const stored = z.object({
  secret: z.string().regex(/^[0-9a-f]{64}$/),
  /** Expiry of each used link by id. Expired entries are dropped. */
  revoked: z.record(z.string(), z.number()),
  /** Expiry of the newest link by what it is for: those that expire earlier are older, and do not work. Expired entries are dropped. */
  newest: z.record(z.string(), z.number()).default({}),
});

type Stored = z.output<typeof stored>;

export class Keyring {
  readonly #file: string | null;
  readonly #keys: Stored;

  /** @param file where to store the keys; `null` keeps them in memory only. */
  constructor(file: string | null) {
    this.#file = file;
    const found = file !== null && existsSync(file) ? parse(readFileSync(file, "utf8")) : null;
    this.#keys = found ?? { secret: randomBytes(32).toString("hex"), revoked: {}, newest: {} };
    if (found === null) this.#write();
  }

  /** The secret in a file of a server that may be running. Never writes it. `null` if the file is damaged. */
  static secretIn(file: string): string | null {
    return parse(readFileSync(file, "utf8"))?.secret ?? null;
  }

  get secret(): string {
    return this.#keys.secret;
  }

  isRevoked(id: string): boolean {
    return Object.hasOwn(this.#keys.revoked, id);
  }

  revoke(id: string, expiresAtMs: number, nowMs: number): void {
    this.#keep(this.#keys.revoked, [id, expiresAtMs], nowMs);
  }

  /** Expiry of the newest link for this; 0 if there was none lately. */
  newestFor(what: string): number {
    return Object.hasOwn(this.#keys.newest, what) ? (this.#keys.newest[what] ?? 0) : 0;
  }

  setNewest(what: string, expiresAtMs: number, nowMs: number): void {
    this.#keep(this.#keys.newest, [what, expiresAtMs], nowMs);
  }

  #keep(list: Record<string, number>, [id, expiresAtMs]: readonly [string, number], nowMs: number): void {
    for (const [old, expired] of Object.entries(list)) {
      if (expired <= nowMs) delete list[old];
    }
    list[id] = expiresAtMs;
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
