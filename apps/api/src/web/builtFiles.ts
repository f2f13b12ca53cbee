/**
 * Caches the files of a built web app in memory until they change on disk. A cached file takes no file descriptor to serve, a rebuild
 * under a running server is detected file by file, and no response mixes two builds.
 */
import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompressSync, brotliDecompress, gunzip, gzipSync } from "node:zlib";

/** A file's content in one coding. */
export interface Coded {
  readonly bytes: Buffer;
  /** Strong: differs for each content and coding. */
  readonly etag: string;
}

export interface BuiltFile {
  readonly plain: Coded;
  /** Compressed forms written by the build, smallest first. */
  readonly compressed: readonly (Coded & { readonly encoding: "br" | "gzip" })[];
}

/** Cache size limit. A build is a few hundred files of a few MB; the cache, with leftovers of earlier builds, is cleared beyond this. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_TRIES = 5;

/** File names in a build. Excludes hidden files, paths out of the folder, and the special meanings of `:` and `\` on Windows. */
const safePath = /^(?:[\w~@+-][\w.~@+-]*\/)*[\w~@+-][\w.~@+-]*$/;

const codings = [
  { encoding: "br", suffix: ".br", open: promisify<Buffer, Buffer>(brotliDecompress) },
  { encoding: "gzip", suffix: ".gz", open: promisify<Buffer, Buffer>(gunzip) },
] as const;

interface Held {
  readonly version: string;
  readonly file: BuiltFile;
}

export class BuiltFiles {
  readonly #folder: string;
  readonly #held = new Map<string, Held>();
  #heldBytes = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * The file's current content; `null` if there is no such file.
   * @throws the system error if the file exists but cannot be read, such as EMFILE.
   */
  async read(path: string): Promise<BuiltFile | null> {
    if (!safePath.test(path)) return null;
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const version = await this.#version(path);
      const held = this.#held.get(path);
      if (version !== null && held?.version === version) return held.file;
      this.#drop(path);
      if (version === null) return null;
      const file = await this.#load(path);
      // A partial file, read while being written, would be cached for a year.
      if (file !== null && (await this.#version(path)) === version) return this.#hold(path, { version, file });
    }
    throw new Error(`${path} is being written`);
  }

  async #load(path: string): Promise<BuiltFile | null> {
    const bytes = await bytesOf(join(this.#folder, path));
    if (bytes === null) return null;
    const digest = digestOf(bytes);
    const found = await Promise.all(
      codings.map(async ({ encoding, suffix, open }) => {
        const coded = await bytesOf(join(this.#folder, `${path}${suffix}`));
        if (coded === null || coded.length >= bytes.length) return [];
        // The compressed file may be left over from another build.
        const opened = await open(coded).catch(() => null);
        return opened?.equals(bytes) === true ? [{ encoding, bytes: coded, etag: `"${digest}-${encoding}"` }] : [];
      }),
    );
    return { plain: { bytes, etag: `"${digest}"` }, compressed: found.flat() };
  }

  /** A version that changes whenever the file or one of its compressed forms does; `null` if there is no such file. */
  async #version(path: string): Promise<string | null> {
    const at = join(this.#folder, path);
    const [own, ...coded] = await Promise.all([at, ...codings.map(({ suffix }) => at + suffix)].map(statOf));
    return own?.isFile() === true ? [own, ...coded].map(versionOf).join() : null;
  }

  #hold(path: string, held: Held): BuiltFile {
    if (this.#heldBytes > MAX_BYTES) this.#held.clear();
    if (this.#held.size === 0) this.#heldBytes = 0;
    this.#held.set(path, held);
    this.#heldBytes += sizeOf(held);
    return held.file;
  }

  #drop(path: string): void {
    const held = this.#held.get(path);
    if (held !== undefined && this.#held.delete(path)) this.#heldBytes -= sizeOf(held);
  }
}

/** Builds a file from text at run time, including its compressed forms. */
export function builtText(text: string): BuiltFile {
  const bytes = Buffer.from(text);
  const digest = digestOf(bytes);
  const coded = [
    { encoding: "br", bytes: brotliCompressSync(bytes), etag: `"${digest}-br"` },
    { encoding: "gzip", bytes: gzipSync(bytes), etag: `"${digest}-gzip"` },
  ] as const;
  return { plain: { bytes, etag: `"${digest}"` }, compressed: coded.filter((form) => form.bytes.length < bytes.length) };
}

function digestOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("base64url").slice(0, 22);
}

function sizeOf({ file: { plain, compressed } }: Held): number {
  return [plain, ...compressed].reduce((sum, { bytes }) => sum + bytes.length, 0);
}

function versionOf(stats: BigIntStats | null | undefined): string {
  return stats ? `${stats.ino}-${stats.size}-${stats.mtimeNs}` : "none";
}

const statOf = (file: string) => orNull(stat(file, { bigint: true }));
const bytesOf = (file: string) => orNull(readFile(file));

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}
