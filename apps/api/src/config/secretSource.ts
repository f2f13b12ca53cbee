/** A secret of the configuration that may stand in a file of its own. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { failure } from "../contract/errors.ts";

/** A secret, or the file that holds it; `null` for none. A file is read at the start. */
export interface SecretSource {
  readonly secret: string | null;
  readonly file: string | null;
}

export interface SecretFile {
  /** The folder that a relative path starts from. */
  readonly root: string;
  /** The key that names the file. */
  readonly key: string;
  readonly minBytes: number;
}

/** @throws {LastbeatError} `invalid_config` if the file cannot be read or holds too little. */
export function readSecret({ secret, file }: SecretSource, { root, key, minBytes }: SecretFile): string | null {
  if (file === null) return secret;
  const read = contentOf(resolve(root, file), key).trim();
  const bytes = Buffer.byteLength(read);
  if (bytes >= minBytes) return read;
  throw failure("invalid_config", `${key}: expected a file with at least ${minBytes} bytes, got ${bytes}`);
}

function contentOf(file: string, key: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw failure("invalid_config", `${key}: ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`);
  }
}
