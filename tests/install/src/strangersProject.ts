/** A new project of a stranger: strict TypeScript, the packed core, and whatever else a program says it needs. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "@lastbeat/tools/processes";
import { npm } from "./npm.ts";

type Versions = Readonly<Record<string, string>>;

export interface ProjectOptions {
  readonly tarball: string;
  /** Those of other packages, by name. */
  readonly tarballs?: Versions;
  readonly dependencies?: Versions;
  /** Programs by file name. */
  readonly files: Readonly<Record<string, string>>;
  /** The ambient types; none unless said. */
  readonly types?: readonly string[];
  /** Libraries of declarations besides the language's own. */
  readonly lib?: readonly string[];
}

const TYPESCRIPT = "6.0.3";

/** Makes the project and installs what it needs. */
export async function makeProject(folder: string, options: ProjectOptions): Promise<void> {
  const { tarball, tarballs = {}, dependencies, files, types = [], lib = [] } = options;
  mkdirSync(folder, { recursive: true });
  const packed = Object.entries({ ...tarballs, "@lastbeat/core": tarball }).map(([name, file]) => [name, `file:${file}`]);
  const all = { ...dependencies, ...Object.fromEntries(packed), typescript: TYPESCRIPT };
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    module: "nodenext",
    target: "es2023",
    lib: ["es2023", ...lib],
    types,
  };
  const written = {
    ...files,
    "package.json": JSON.stringify({ private: true, type: "module", dependencies: all }),
    "tsconfig.json": JSON.stringify({ compilerOptions }),
  };
  for (const [name, text] of Object.entries(written)) writeFileSync(join(folder, name), text);
  await npm(["install"], folder);
}

export interface ExampleOptions extends Pick<ProjectOptions, "tarballs" | "lib"> {
  /** Dependencies of the example that its project does not name. */
  readonly without?: readonly string[];
}

/** Makes the project of an example: its own files, and the packed packages in the place of their paths. */
export async function makeExample(
  name: string,
  folder: string,
  tarball: string,
  { without = [], ...more }: ExampleOptions = {},
): Promise<void> {
  const source = join(projectRoot, "examples", name);
  const isOwn = (file: string) => !["node_modules", "package.json", "package-lock.json"].includes(file);
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(source).filter(isOwn)) cpSync(join(source, file), join(folder, file));
  const manifest: unknown = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
  const { dependencies, devDependencies } = manifest as Record<"dependencies" | "devDependencies", Versions>;
  const all = Object.fromEntries(
    Object.entries({ ...dependencies, ...devDependencies }).filter(([dependency]) => !without.includes(dependency)),
  );
  await makeProject(folder, { tarball, ...more, dependencies: all, files: {}, types: ["node"] });
}

/** What the compiler has to say of a project; empty when all is well. */
export async function typeErrors(folder: string): Promise<string> {
  const compiler = join(folder, "node_modules/typescript/bin/tsc");
  try {
    await promisify(execFile)(process.execPath, [compiler, "-p", "."], { cwd: folder });
    return "";
  } catch (error) {
    return (error as { readonly stdout: string }).stdout;
  }
}
