/** The size and dependencies of the browser entry points, measured by bundling them as an application does. */
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { expect, it } from "vitest";

interface Bundle {
  readonly code: string;
  /** The remaining external imports. */
  readonly imports: string[];
  readonly modules: string[];
}

/** Bundles all that an entry point exports, minified. */
async function bundle(entry: string): Promise<Bundle> {
  const built = await build({
    configFile: false,
    logLevel: "silent",
    build: {
      write: false,
      minify: true,
      modulePreload: false,
      rolldownOptions: {
        input: fileURLToPath(new URL(entry, import.meta.url)),
        external: (id) => isBuiltin(id),
        preserveEntrySignatures: "strict",
      },
    },
  });
  const [output] = [built].flat();
  if (output === undefined || !("output" in output)) throw new Error("nothing was built");
  const [chunk] = output.output;
  return { code: chunk.code, imports: [...chunk.imports, ...chunk.dynamicImports], modules: chunk.moduleIds };
}

it("EMB1 the client entry point is at most 10 kB minified and does not need Node", async () => {
  const { code, imports, modules } = await bundle("./client/index.ts");
  expect(imports).toEqual([]);
  expect(modules.filter((id) => id.includes("node_modules"))).toEqual([]);
  expect(code).not.toMatch(/\b(?:Buffer|process)\.|\brequire\(/);
  expect(code.length).toBeLessThanOrEqual(10_000);
});

it("EMB1 the settings entry point needs neither Node nor a library", async () => {
  const { imports, modules } = await bundle("./settings/index.ts");
  expect(imports).toEqual([]);
  expect(modules.filter((id) => id.includes("node_modules"))).toEqual([]);
});

it("EMB1 the sources, the build and the packed package have the same entry points, and no dependency", () => {
  const read = (file: string): unknown => JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), "utf8"));
  const manifest = read("package.json") as {
    readonly exports: Record<string, string>;
    readonly publishConfig: { readonly exports: Record<string, unknown> };
  };
  const { files } = read("tsconfig.build.json") as { readonly files: string[] };
  expect(
    Object.values(manifest.exports)
      .map((source) => source.slice(2))
      .sort(),
  ).toEqual(files.sort());
  const packed = Object.entries(manifest.exports).map(([entry, source]) => {
    const compiled = source.replace("./src/", "./dist/").replace(/\.ts$/, "");
    return [entry, { types: `${compiled}.d.ts`, default: `${compiled}.js` }];
  });
  expect(manifest.publishConfig.exports).toEqual(Object.fromEntries(packed));
  expect(manifest).not.toHaveProperty("dependencies");
});
