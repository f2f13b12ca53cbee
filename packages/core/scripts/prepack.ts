/**
 * Before packing the package in the current folder: compiles, and puts `publishConfig.exports` in the place of `exports`, which npm does not do by itself. In the
 * repository the entry points are the sources, so that nothing has to be built to run or test them.
 */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compile } from "./compile.ts";

const folder = process.cwd();
const manifest = join(folder, "package.json");
const kept = `${manifest}.kept`;

compile(folder);
// One that is there already was left by a packing that broke off, and is the real one.
if (!existsSync(kept)) copyFileSync(manifest, kept);
const { publishConfig, scripts, devDependencies: _, ...packed } = JSON.parse(readFileSync(kept, "utf8"));
// npm looks for the script that undoes this in the file as it is now.
const written = { ...packed, scripts: { postpack: scripts.postpack }, exports: publishConfig.exports };
writeFileSync(manifest, `${JSON.stringify(written, null, 2)}\n`);
