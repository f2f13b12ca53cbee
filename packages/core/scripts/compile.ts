/** Compiles the entry points, and what they import, to `dist`: JavaScript for Node 22 and browsers, and declarations. */
import { execFileSync } from "node:child_process";
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** The library that declares `Disposable`: a consumer's own `lib` may be older. */
const DISPOSABLE = '/// <reference lib="esnext.disposable" />\n';

/** The compiler leaves the imports of declarations alone, whose `.ts` files are not in the package. */
function finishDeclaration(file: string): void {
  const text = readFileSync(file, "utf8").replaceAll(/(\bfrom |\bimport\()"(\.[^"]+)\.ts"/g, '$1"$2.js"');
  writeFileSync(file, /\b(?:Async)?Disposable\b/.test(text) ? DISPOSABLE + text : text);
}

/** Builds the package in this folder afresh. @throws {Error} when it does not compile. */
export function compile(folder: string): void {
  rmSync(join(folder, "dist"), { recursive: true, force: true });
  const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  execFileSync(process.execPath, [compiler, "-p", join(folder, "tsconfig.build.json")], { stdio: "inherit" });
  for (const file of globSync("dist/**/*.d.ts", { cwd: folder })) finishDeclaration(join(folder, file));
}
