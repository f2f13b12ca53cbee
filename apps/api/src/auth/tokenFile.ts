/**
 * Bearer tokens, in a file beside the keyring: hashed, with name and scope. The command line writes the same file, so it is read again
 * whenever it has changed, and changed only under a lock.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { closeSync, fchownSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { failure } from "../contract/errors.ts";
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

interface Content {
  readonly tokens: readonly StoredToken[];
  /** Why the file opens nothing and is not written over, and what to do: somebody may mend it. */
  readonly problem: string | null;
}

export class TokenFile {
  readonly #file: string;
  readonly #now: () => number;
  readonly #onProblem: (problem: string) => void;
  #content: Content = { tokens: [], problem: null };
  /** What the file looked like when it was read. */
  #seen = "";

  /** @param onProblem hears once when the file turns out to be damaged or unreadable. */
  constructor(file: string, now: () => number, onProblem: (problem: string) => void = () => {}) {
    this.#file = file;
    this.#now = now;
    this.#onProblem = onProblem;
  }

  list(): TokenView[] {
    return this.#current().tokens.map(viewOf);
  }

  /** Why there seems to be no token at all, when the file is damaged or cannot be read. */
  problem(): string | null {
    return this.#current().problem;
  }

  /** @throws {LastbeatError} `conflict` when there is a token of this name. */
  async create(name: string, scope: TokenScope): Promise<NewToken> {
    const token = `lb_${randomBytes(32).toString("base64url")}`;
    const made = { id: randomBytes(5).toString("hex"), name, scope, createdAtMs: this.#now(), lastUsedAtMs: null };
    await this.#change((tokens) => {
      if (tokens.some((other) => other.name === name)) throw failure("conflict", `a token named ${name} exists; revoke it first`);
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
    for (const stored of this.#current().tokens) {
      if (timingSafeEqual(hash, Buffer.from(stored.hash, "hex"))) found = stored;
    }
    return found === null ? null : viewOf(found);
  }

  /** Whether a token that was found before has not been revoked. A file that cannot be read for now revokes nothing. */
  isKnown(id: string): boolean {
    const { tokens, problem } = this.#current();
    return problem !== null || tokens.some((token) => token.id === id);
  }

  /** Writes down that a token was used just now, in its own time. */
  async noteUse({ id, lastUsedAtMs }: TokenView): Promise<void> {
    const nowMs = this.#now();
    if (lastUsedAtMs !== null && nowMs - lastUsedAtMs < USE_EVERY_MS) return;
    const used = (token: StoredToken) => (token.id === id ? { ...token, lastUsedAtMs: nowMs } : token);
    // At once in memory, so that requests that come while it is being written do not write it too.
    this.#content = { ...this.#content, tokens: this.#content.tokens.map(used) };
    await this.#change((tokens) => tokens.map(used));
  }

  #current(): Content {
    const looks = looksOf(this.#file);
    if (looks !== this.#seen) {
      const { problem } = this.#content;
      this.#content = contentOf(this.#file);
      if (this.#content.problem !== null && this.#content.problem !== problem) this.#onProblem(this.#content.problem);
      // Looked at again each time: a file that could not be read may be readable the next time, though it looks the same.
      this.#seen = this.#content.problem === null ? looks : "";
    }
    return this.#content;
  }

  async #change(edit: (tokens: readonly StoredToken[]) => readonly StoredToken[]): Promise<void> {
    mkdirSync(dirname(this.#file), { recursive: true });
    await withFileLock(this.#file, () => {
      const { tokens, problem } = contentOf(this.#file);
      if (problem !== null) throw failure("conflict", problem);
      const draft = `${this.#file}.new`;
      writeNew(draft, `${JSON.stringify({ tokens: edit(tokens) }, null, 2)}\n`, ownerFor(this.#file));
      renameSync(draft, this.#file);
    });
  }
}

/** Changes whenever the content does. */
function looksOf(file: string): string {
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
  if (code === undefined) return "is damaged: mend it, or remove it and make the tokens again";
  return `cannot be read (${code})${code === "EACCES" ? ": it must belong to the user that the server runs as" : ""}`;
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Under sudo a new file would be root's, and closed to the server: it goes to whoever has the old one, or else the folder. */
function ownerFor(file: string): Owner | null {
  if (process.getuid?.() !== 0) return null;
  return statSync(file, { throwIfNoEntry: false }) ?? statSync(dirname(file));
}

/** Writes a file of its own, never through a link that somebody laid in its place: root may be writing here. */
function writeNew(file: string, text: string, owner: Owner | null): void {
  rmSync(file, { force: true });
  const opened = openSync(file, "wx", 0o600);
  try {
    writeFileSync(opened, text);
    if (owner !== null) fchownSync(opened, owner.uid, owner.gid);
  } finally {
    closeSync(opened);
  }
}

function viewOf({ id, name, scope, createdAtMs, lastUsedAtMs }: StoredToken): TokenView {
  return { id, name, scope, createdAtMs, lastUsedAtMs };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
