/** Reads the graph of imports from a project's files, with workspaces' names and `#` names resolved as Node resolves them. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import type { Import, ImportGraph } from "./graph.ts";
import { importsOf } from "./importsOf.ts";

/** What is imported but is no code, or is written by a tool. */
const noCode = /\.(?:css|svg|json)(?:\?.*)?$|\/\$types(?:\.d\.ts)?$/;

interface Workspace {
  readonly folder: string;
  readonly name: string;
  readonly exports: Targets;
  readonly imports: Targets;
}

type Targets = Readonly<Record<string, string | { readonly default?: string }>>;

/** @throws {Error} with every import of the project's own files that leads nowhere. */
export function readGraph(root: string): ImportGraph {
  const workspaces = globSync("{packages,apps,tests}/*/package.json", { cwd: root }).map((file) => readWorkspace(root, file));
  const lost: string[] = [];
  const graph = new Map<string, readonly Import[]>();
  for (const file of sourceFiles(root)) {
    const imports = importsOf(file, readFileSync(join(root, file), "utf8")).flatMap(({ specifier, isType }) => {
      const path = pathOf(specifier, file, workspaces);
      if (path === null || noCode.test(path)) return [];
      const to = existingFile(root, path);
      if (to === undefined) lost.push(`${file}: ${specifier}`);
      return to === undefined ? [] : [{ to, isType }];
    });
    graph.set(file, imports);
  }
  if (lost.length > 0) throw new Error(`imports that lead nowhere:\n${lost.join("\n")}`);
  return graph;
}

function sourceFiles(root: string): string[] {
  return globSync("{packages,apps,tests}/*/**/*.{ts,svelte}", {
    cwd: root,
    exclude: (name) => /(?:^|\/)(?:node_modules|build|\.svelte-kit|data)$/.test(name),
  }).sort();
}

function readWorkspace(root: string, file: string): Workspace {
  const { name, exports = {}, imports = {} } = JSON.parse(readFileSync(join(root, file), "utf8")) as Partial<Workspace>;
  return { folder: dirname(file), name: name ?? "", exports, imports };
}

/** From the project's root; `null` for what is not the project's own. */
function pathOf(specifier: string, file: string, workspaces: readonly Workspace[]): string | null {
  if (specifier.startsWith(".")) return normalize(join(dirname(file), specifier));
  const isOwn = specifier.startsWith("#");
  const workspace = workspaces.find(({ folder, name }) =>
    isOwn ? file.startsWith(`${folder}/`) : specifier === name || specifier.startsWith(`${name}/`),
  );
  if (workspace === undefined) return null;
  const wanted = isOwn ? specifier : `.${specifier.slice(workspace.name.length)}`;
  return join(workspace.folder, targetOf(isOwn ? workspace.imports : workspace.exports, wanted) ?? specifier);
}

/** What `exports` or `imports` of a package.json say of a name, `*` included. */
function targetOf(targets: Targets, wanted: string): string | undefined {
  for (const [key, value] of Object.entries(targets)) {
    const target = typeof value === "string" ? value : value.default;
    if (key === wanted) return target;
    const [head = "", tail] = key.split("*");
    if (tail !== undefined && wanted.startsWith(head) && wanted.endsWith(tail))
      return target?.replace("*", wanted.slice(head.length, wanted.length - tail.length));
  }
  return undefined;
}

/** Where a path may leave out its extension or its `index.ts`, as Vite lets it. */
function existingFile(root: string, path: string): string | undefined {
  return [path, `${path}.ts`, `${path}/index.ts`].find(
    (file) => /\.(?:ts|js|svelte)$/.test(file) && existsSync(join(root, file)),
  );
}
