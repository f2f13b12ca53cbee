/** The versions of Node that the package says it runs on. Where npm has no binary for a machine, its own Node has to do. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "@lastbeat/tools/processes";
import { npm } from "./npm.ts";

const versions = ["22.23.3", "24.21.0"] as const;

export const nodeNames: readonly string[] =
  process.platform === "linux" ? versions.map((version) => `Node ${version}`) : ["this Node"];

/** Path of a Node, downloaded once. */
export async function nodeOf(name: string): Promise<string> {
  const version = name.slice("Node ".length);
  if (name === "this Node" || process.version === `v${version}`) return process.execPath;
  const packageName = `node-linux-${process.arch}`;
  const folder = join(projectRoot, "node_modules/.cache/lastbeat", version);
  const binary = join(folder, "node_modules", packageName, "bin/node");
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), "{}");
    await npm(["install", "--no-save", `${packageName}@${version}`], folder);
  }
  return binary;
}
