/** Packs a package as its owner would, from a copy: `npm pack` writes to the folder that it packs. */
import { cpSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { projectRoot } from "@lastbeat/tools/processes";
import { npm } from "./npm.ts";

export interface Packed {
  /** Path of the tarball. */
  readonly tarball: string;
  readonly bytes: number;
  readonly files: readonly string[];
}

interface PackReport {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

export function packCore(folder: string): Promise<Packed> {
  return pack("core", folder);
}

/** Packs core, and `packages/trpc` beside it, from whose declarations that one's are made. */
export async function packWithTrpc(folder: string): Promise<{ readonly core: Packed; readonly trpc: Packed }> {
  return { core: await packCore(folder), trpc: await pack("trpc", folder) };
}

async function pack(name: string, folder: string): Promise<Packed> {
  const copy = join(folder, name);
  const isSource = (path: string) => !["node_modules", "dist"].includes(basename(path));
  cpSync(join(projectRoot, "packages", name), copy, { recursive: true, filter: isSource });
  // The compiler and its types.
  symlinkSync(join(projectRoot, "node_modules"), join(copy, "node_modules"), "dir");
  const output = await npm(["pack", "--json", "--pack-destination", folder], copy);
  const reports: unknown = JSON.parse(output.slice(output.search(/^[[{]/m)));
  const [report] = Object.values(reports as Record<string, PackReport>);
  if (report === undefined) throw new Error(`npm packed nothing: ${output}`);
  return { tarball: join(folder, report.filename), bytes: report.size, files: report.files.map(({ path }) => path) };
}
