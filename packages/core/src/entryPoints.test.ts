/** What the entry points for browsers weigh and need, found by bundling them as an application does. */
import { isBuiltin } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { expect, it } from "vitest";

interface Bundle {
  readonly code: string;
  /** What is left to be imported from elsewhere. */
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

it("EMB1 the client's entry point is at most 10 kB minified and needs nothing of Node", async () => {
  const { code, imports, modules } = await bundle("./client/index.ts");
  expect(imports).toEqual([]);
  expect(modules.filter((id) => id.includes("node_modules"))).toEqual([]);
  expect(code).not.toMatch(/\b(?:Buffer|process)\.|\brequire\(/);
  expect(code.length).toBeLessThanOrEqual(10_000);
});

it("EMB1 the settings' entry point needs neither Node nor a library", async () => {
  const { imports, modules } = await bundle("./settings/index.ts");
  expect(imports).toEqual([]);
  expect(modules.filter((id) => id.includes("node_modules"))).toEqual([]);
});
