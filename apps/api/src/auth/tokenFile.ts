/**
 * Bearer tokens, in a file beside the keyring: hashed, with name and scope. The command line writes the same file, so it is read anew
 * whenever it has changed, and changed only under a lock.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { type NewToken, type TokenScope, type TokenView, tokenScopes } from "../contract/tokens.ts";
import { withFileLock } from "./fileLock.ts";

/** The time of the last use is written no more often than this: a script that polls must not wear the disk. */
const USE_EVERY_MS = 60_000;

const storedToken = z.object({
  id: z.string(),
  name: z.string(),
  scope: z.enum(tokenScopes),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  createdAtMs: z.number(),
  lastUsedAtMs: z.number().nullable(),
});
const storedFile = z.object({ tokens: z.array(storedToken) });
type StoredToken = z.output<typeof storedToken>;

/** A token cannot be made or revoked; `message` says why and what to do. */
export class TokenRefused extends Error {}

export class TokenFile {
  readonly #file: string;
  readonly #now: () => number;
  #tokens: readonly StoredToken[] = [];
  /** What the file looked like when it was read. */
  #seen = "";

  constructor(file: string, now: () => number) {
    this.#file = file;
    this.#now = now;
  }

  list(): TokenView[] {
    return this.#current().map(viewOf);
  }

  /** @throws {TokenRefused} when there is a token of this name. */
  async create(name: string, scope: TokenScope): Promise<NewToken> {
    const token = `lb_${randomBytes(32).toString("base64url")}`;
    const made = { id: randomBytes(5).toString("hex"), name, scope, createdAtMs: this.#now(), lastUsedAtMs: null };
    await this.#change((tokens) => {
      if (tokens.some((other) => other.name === name)) throw new TokenRefused(`there is a token named ${name}; revoke it first`);
      return [...tokens, { ...made, hash: sha256(token).toString("hex") }];
    });
    return { ...made, token };
  }

  /** Takes the id or the name; `null` when there is no such token. */
  async revoke(idOrName: string): Promise<TokenView | null> {
    let revoked: StoredToken | undefined;
    await this.#change((tokens) => {
      revoked = tokens.find(({ id }) => id === idOrName) ?? tokens.find(({ name }) => name === idOrName);
      return tokens.filter((token) => token !== revoked);
    });
    return revoked === undefined ? null : viewOf(revoked);
  }

  /** The token that this is, or `null`. Every stored one is compared, so that the time tells nothing. */
  find(token: string): TokenView | null {
    const hash = sha256(token);
    let found: StoredToken | null = null;
    for (const stored of this.#current()) {
      if (timingSafeEqual(hash, Buffer.from(stored.hash, "hex"))) found = stored;
    }
    return found === null ? null : viewOf(found);
  }

  /** Writes down that a token was used just now, in its own time. */
  async noteUse({ id, lastUsedAtMs }: TokenView): Promise<void> {
    const nowMs = this.#now();
    if (lastUsedAtMs !== null && nowMs - lastUsedAtMs < USE_EVERY_MS) return;
    const used = (token: StoredToken) => (token.id === id ? { ...token, lastUsedAtMs: nowMs } : token);
    // At once in memory, so that requests that come while it is being written do not write it too.
    this.#tokens = this.#tokens.map(used);
    await this.#change((tokens) => tokens.map(used));
  }

  #current(): readonly StoredToken[] {
    const stat = statSync(this.#file, { throwIfNoEntry: false });
    const looks = stat === undefined ? "none" : `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
    if (looks !== this.#seen) {
      this.#tokens = stat === undefined ? [] : (parse(readFileSync(this.#file, "utf8")) ?? []);
      this.#seen = looks;
    }
    return this.#tokens;
  }

  async #change(edit: (tokens: readonly StoredToken[]) => readonly StoredToken[]): Promise<void> {
    mkdirSync(dirname(this.#file), { recursive: true });
    await withFileLock(this.#file, () => {
      const tokens = edit(this.#ownTokens());
      const draft = `${this.#file}.new`;
      writeFileSync(draft, `${JSON.stringify({ tokens }, null, 2)}\n`, { mode: 0o600 });
      renameSync(draft, this.#file);
    });
  }

  /** What the file holds now. A damaged one opens nothing (see `parse`), but is not written over either: somebody may mend it. */
  #ownTokens(): readonly StoredToken[] {
    if (statSync(this.#file, { throwIfNoEntry: false }) === undefined) return [];
    const tokens = parse(readFileSync(this.#file, "utf8"));
    if (tokens === null) throw new TokenRefused(`${this.#file} is damaged: mend it, or remove it and make the tokens again`);
    return tokens;
  }
}

function parse(text: string): StoredToken[] | null {
  try {
    return storedFile.parse(JSON.parse(text)).tokens;
  } catch {
    return null;
  }
}

function viewOf({ id, name, scope, createdAtMs, lastUsedAtMs }: StoredToken): TokenView {
  return { id, name, scope, createdAtMs, lastUsedAtMs };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
