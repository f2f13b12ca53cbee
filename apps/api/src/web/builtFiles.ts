/**
 * The files of a built web app, held in memory for as long as those on the disk are the same ones. So serving needs no file
 * descriptor, a build under a running server is noticed file by file, and no answer mixes two builds.
 */
import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompressSync, brotliDecompress, gunzip, gzipSync } from "node:zlib";

/** One form in which a file can be sent. */
export interface Coded {
  readonly bytes: Buffer;
  /** Strong: differs for each content and for each coding of it. */
  readonly etag: string;
}

export interface BuiltFile {
  readonly plain: Coded;
  /** What the build compressed, the smallest first. */
  readonly compressed: readonly (Coded & { readonly encoding: "br" | "gzip" })[];
}

/** A build is a few hundred files of together some MB; what earlier builds left behind is dropped at this size. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_TRIES = 5;

/** Names of files in a build. Neither a hidden file, nor a way out of the folder, nor what Windows makes of `:` and `\`. */
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
   * The file as it is on the disk now; `null` when there is none.
   * @throws what the system says when it cannot be read although it is there, such as EMFILE.
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
      // Half a file, read while it is being written, would be cached for a year.
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
        // It may be left over from another build.
        const opened = await open(coded).catch(() => null);
        return opened?.equals(bytes) === true ? [{ encoding, bytes: coded, etag: `"${digest}-${encoding}"` }] : [];
      }),
    );
    return { plain: { bytes, etag: `"${digest}"` }, compressed: found.flat() };
  }

  /** Differs as soon as the file or a compressed form of it is another one; `null` when there is no such file. */
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

/** A small text as if the build had written it, compressed here and now. */
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
