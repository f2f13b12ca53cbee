/**
 * Bearer tokens, stored hashed with name, scopes and expiry (rule OPS9) in a file beside the keyring. The command line writes the same file, so it is
 * reloaded whenever it changes and written only under a lock.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { z } from "zod";
import { failure } from "../contract/errors.ts";
import { type NewToken, rightsOf, type TokenScope, type TokenView, tokenScopes } from "../contract/tokens.ts";
import { makePrivateFolder } from "../files/privateFiles.ts";
import { replaceFile } from "../files/replaceFile.ts";
import { withFileLock } from "./fileLock.ts";

/** Minimum time between writes of a token's last use, so a polling script does not wear out the disk. */
const USE_WRITE_INTERVAL_MS = 60_000;

/** Tokens of earlier versions have one `scope` and never expire. */
const storedToken = z
  .object({
    id: z.string(),
    name: z.string(),
    scope: z.enum(tokenScopes).optional(),
    scopes: z.array(z.enum(tokenScopes)).optional(),
    hash: z.string().regex(/^[0-9a-f]{64}$/),
    createdAtMs: z.number(),
    expiresAtMs: z.number().nullable().default(null),
    lastUsedAtMs: z.number().nullable(),
  })
  .transform(({ scope, scopes, ...token }) => ({ ...token, scopes: rightsOf(scopes ?? (scope === undefined ? [] : [scope])) }));
const storedFile = z.object({ tokens: z.array(storedToken) });
type StoredToken = z.output<typeof storedToken>;

interface Content {
  readonly tokens: readonly StoredToken[];
  /** Why the file cannot be used, and how to fix it. Such a file grants no access and is never overwritten. */
  readonly problem: string | null;
}

export class TokenFile {
  readonly #file: string;
  readonly #now: () => number;
  readonly #onProblem: (problem: string) => void;
  #content: Content = { tokens: [], problem: null };
  /** Fingerprint of the file when it was last read. */
  #loaded = "";

  /** @param onProblem called once when the file turns out to be damaged or unreadable. */
  constructor(file: string, now: () => number, onProblem: (problem: string) => void = () => {}) {
    this.#file = file;
    this.#now = now;
    this.#onProblem = onProblem;
  }

  list(): TokenView[] {
    return this.#current().tokens.map(viewOf);
  }

  /** The problem with a damaged or unreadable file, which appears to hold no tokens; otherwise `null`. */
  problem(): string | null {
    return this.#current().problem;
  }

  /** @throws {LastbeatError} `conflict` if a token with this name exists. */
  async create(name: string, scopes: readonly TokenScope[], expiresAtMs: number | null = null): Promise<NewToken> {
    const token = `lb_${randomBytes(32).toString("base64url")}`;
    const id = randomBytes(5).toString("hex");
    const made = { id, name, scopes: rightsOf(scopes), createdAtMs: this.#now(), expiresAtMs, lastUsedAtMs: null };
    await this.#change((tokens) => {
      if (tokens.some((other) => other.name === name)) throw failure("conflict", `a token named ${name} exists; revoke it first`);
      return [...tokens, { ...made, hash: sha256(token).toString("hex") }];
    });
    return { ...made, token };
  }

  /** Revokes a token by id or name. Returns `null` if there is none. */
  async revoke(idOrName: string): Promise<TokenView | null> {
    let revoked: StoredToken | undefined;
    await this.#change((tokens) => {
      revoked = tokens.find(({ id }) => id === idOrName) ?? tokens.find(({ name }) => name === idOrName);
      return tokens.filter((token) => token !== revoked);
    });
    return revoked === undefined ? null : viewOf(revoked);
  }

  /** Looks up a token, or `null`. Compares it with every stored one, so timing reveals nothing. */
  find(token: string): TokenView | null {
    const hash = sha256(token);
    let found: StoredToken | null = null;
    for (const stored of this.#current().tokens) {
      if (timingSafeEqual(hash, Buffer.from(stored.hash, "hex"))) found = stored;
    }
    return found === null ? null : viewOf(found);
  }

  /** Whether a token found earlier has neither expired nor been revoked. A file that cannot be read revokes nothing. */
  isKnown(id: string): boolean {
    const { tokens, problem } = this.#current();
    return problem !== null || tokens.some((token) => token.id === id && !this.isExpired(token));
  }

  isExpired({ expiresAtMs }: Pick<TokenView, "expiresAtMs">): boolean {
    return expiresAtMs !== null && expiresAtMs <= this.#now();
  }

  /** Records that a token was just used. */
  async noteUse({ id, lastUsedAtMs }: TokenView): Promise<void> {
    const nowMs = this.#now();
    if (lastUsedAtMs !== null && nowMs - lastUsedAtMs < USE_WRITE_INTERVAL_MS) return;
    const used = (token: StoredToken) => (token.id === id ? { ...token, lastUsedAtMs: nowMs } : token);
    // Updated in memory first, so that requests arriving during the write do not write as well.
    this.#content = { ...this.#content, tokens: this.#content.tokens.map(used) };
    await this.#change((tokens) => tokens.map(used));
  }

  #current(): Content {
    const fingerprint = fingerprintOf(this.#file);
    if (fingerprint !== this.#loaded) {
      const { problem } = this.#content;
      this.#content = contentOf(this.#file);
      if (this.#content.problem !== null && this.#content.problem !== problem) this.#onProblem(this.#content.problem);
      // A file with a problem is read again each time: it may become readable without its fingerprint changing.
      this.#loaded = this.#content.problem === null ? fingerprint : "";
    }
    return this.#content;
  }

  async #change(edit: (tokens: readonly StoredToken[]) => readonly StoredToken[]): Promise<void> {
    makePrivateFolder(this.#file);
    await withFileLock(this.#file, () => {
      const { tokens, problem } = contentOf(this.#file);
      if (problem !== null) throw failure("conflict", problem);
      replaceFile(this.#file, `${JSON.stringify({ tokens: edit(tokens) }, null, 2)}\n`);
    });
  }
}

/** Changes whenever the content does. */
function fingerprintOf(file: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(file);
    return `${ino} ${size} ${mtimeMs}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

function contentOf(file: string): Content {
  try {
    return { tokens: storedFile.parse(JSON.parse(readFileSync(file, "utf8"))).tokens, problem: null };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return { tokens: [], problem: null };
    return { tokens: [], problem: `${file} ${problemOf(code)}` };
  }
}

function problemOf(code: string | undefined): string {
  if (code === undefined) return "is damaged: repair it, or delete it and create the tokens again";
  return `cannot be read (${code})${code === "EACCES" ? ": it must be owned by the user the server runs as" : ""}`;
}

function viewOf({ hash: _, ...token }: StoredToken): TokenView {
  return token;
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
