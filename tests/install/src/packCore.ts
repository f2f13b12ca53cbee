/** Packs the core as its owner would, from a copy: `npm pack` writes to the folder that it packs. */
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

export async function packCore(folder: string): Promise<Packed> {
  const copy = join(folder, "core");
  const isSource = (path: string) => !["node_modules", "dist"].includes(basename(path));
  cpSync(join(projectRoot, "packages/core"), copy, { recursive: true, filter: isSource });
  // The compiler and its types.
  symlinkSync(join(projectRoot, "node_modules"), join(copy, "node_modules"), "dir");
  const output = await npm(["pack", "--json", "--pack-destination", folder], copy);
  const reports: unknown = JSON.parse(output.slice(output.search(/^[[{]/m)));
  const [report] = Object.values(reports as Record<string, PackReport>);
  if (report === undefined) throw new Error(`npm packed nothing: ${output}`);
  return { tarball: join(folder, report.filename), bytes: report.size, files: report.files.map(({ path }) => path) };
}
