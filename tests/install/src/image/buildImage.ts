/** Runs the steps of a Dockerfile's last stage, and of the stages that it copies from, in bare roots. */
import { cpSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, posix } from "node:path";
import { projectRoot } from "@lastbeat/tools/processes";
import { BareRoot } from "./bareRoot.ts";
import { copyOf, environmentOf, ignores, type Stage, stagesOf } from "./dockerfile.ts";

export interface Image extends Disposable {
  readonly root: BareRoot;
  readonly stage: Stage;
  readonly env: Readonly<Record<string, string>>;
}

export interface BuildOptions {
  /** Folders that stand for stages, by their names, so that those need not run. */
  readonly instead: Readonly<Record<string, string>>;
  /** Steps that are left out, because the bare root has what they install. */
  readonly skip: RegExp;
  /** Variables of every step. */
  readonly env: Readonly<Record<string, string>>;
}

export function buildImage({ instead, skip, env }: BuildOptions): Image {
  const stages = stagesOf(readFileSync(join(projectRoot, "Dockerfile"), "utf8"));
  const stage = stages.at(-1);
  if (stage === undefined) throw new Error("the Dockerfile has no stage");
  const isIgnored = ignores(readFileSync(join(projectRoot, ".dockerignore"), "utf8"));
  const roots: BareRoot[] = [];
  const made = new Map<string, string>(Object.entries(instead).map(([name, folder]) => [name, folder]));

  /** The folder of a stage's root. */
  const folderOf = (name: string): string => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const found = stages.find((stage) => stage.name === name);
    if (found === undefined) throw new Error(`no stage ${name}`);
    const root = make(found);
    made.set(name, root.folder);
    return root.folder;
  };

  const make = (stage: Stage): BareRoot => {
    const base = stages.find(({ name }) => name === stage.from);
    const root = new BareRoot();
    roots.push(root);
    for (const each of base === undefined ? [stage] : [base, stage]) runSteps(root, each);
    return root;
  };

  const runSteps = (root: BareRoot, stage: Stage) => {
    let folder = "/app";
    for (const { name, rest } of stage.instructions) {
      if (name === "WORKDIR") folder = rest;
      if (name === "WORKDIR") mkdirSync(join(root.folder, rest), { recursive: true });
      if (name === "RUN" && !skip.test(rest)) root.run(["sh", "-ec", rest], { folder, env: { ...env, ...environmentOf(stage) } });
      if (name === "COPY") copy(rest, { root, folder });
    }
  };

  const copy = (rest: string, { root, folder }: { root: BareRoot; folder: string }) => {
    const { stage, sources, target } = copyOf(rest);
    const from = stage === null ? projectRoot : folderOf(stage);
    for (const source of sources) {
      const path = join(from, source);
      if (!existsSync(path)) throw new Error(`COPY ${rest}: no such file: ${path}`);
      const into = posix.join(root.folder, folder, target);
      const to = statSync(path).isDirectory() || !target.endsWith("/") ? into : join(into, basename(source));
      mkdirSync(dirname(to), { recursive: true });
      const wanted = (file: string) => stage !== null || !isIgnored(file.slice(projectRoot.length + 1));
      cpSync(path, target === "./" && statSync(path).isFile() ? join(into, basename(source)) : to, {
        recursive: true,
        verbatimSymlinks: true,
        filter: wanted,
      });
    }
  };

  const dispose = () => {
    for (const root of roots) root[Symbol.dispose]();
  };
  try {
    return { root: make(stage), stage, env: environmentOf(stage), [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}
