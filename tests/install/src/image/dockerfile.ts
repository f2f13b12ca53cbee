/** Reads a Dockerfile into its stages. Knows what the project's own uses, and throws on anything else. */

export interface Instruction {
  readonly name: string;
  /** The rest of it, on one line. */
  readonly rest: string;
}

export interface Stage {
  /** What it begins with: an image or the name of another stage. */
  readonly from: string;
  readonly name: string | null;
  readonly instructions: readonly Instruction[];
}

const known = new Set("COPY RUN WORKDIR ENV USER VOLUME EXPOSE STOPSIGNAL HEALTHCHECK ENTRYPOINT CMD".split(" "));

export function stagesOf(text: string): Stage[] {
  const stages: { from: string; name: string | null; instructions: Instruction[] }[] = [];
  const lines = text
    .replaceAll(/^\s*#.*\n/gm, "")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n");
  for (const line of lines.filter((line) => line.trim() !== "")) {
    const [, name = "", rest = ""] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    if (name === "FROM") {
      const [, from = "", as = null] = /^(\S+)(?:\s+AS\s+(\S+))?$/.exec(rest) ?? [];
      stages.push({ from, name: as, instructions: [] });
    } else if (known.has(name)) stages.at(-1)?.instructions.push({ name, rest });
    else throw new Error(`unknown instruction: ${line}`);
  }
  return stages;
}

/** The words of every instruction of this name: `CMD ["node", "main.ts"]` → `["node", "main.ts"]`. */
export function wordsOf({ instructions }: Stage, name: string): string[][] {
  return instructions.filter((instruction) => instruction.name === name).map(({ rest }) => words(rest));
}

export function words(rest: string): string[] {
  return rest.startsWith("[") ? (JSON.parse(rest) as string[]) : rest.split(/\s+/);
}

export interface Copy {
  /** The stage it copies from; `null` for the build context. */
  readonly stage: string | null;
  readonly sources: readonly string[];
  readonly target: string;
}

export function copyOf(rest: string): Copy {
  const all = words(rest);
  const stage = all[0]?.startsWith("--from=") ? (all.shift()?.slice("--from=".length) ?? null) : null;
  return { stage, sources: all.slice(0, -1), target: all.at(-1) ?? "" };
}

/** `ENV A=1 B=2` → A and B with their values. */
export function environmentOf(stage: Stage): Record<string, string> {
  const pairs = wordsOf(stage, "ENV").flat();
  return Object.fromEntries(
    pairs.map((pair): [string, string] => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
}

/** The command of `HEALTHCHECK … CMD [...]`. */
export function healthcheckOf(stage: Stage): string[] {
  const [, command = ""] = /CMD (\[.*\])$/.exec(stage.instructions.find(({ name }) => name === "HEALTHCHECK")?.rest ?? "") ?? [];
  return words(command);
}

/** Whether `.dockerignore` keeps this file of the context out. */
export function ignores(ignoreFile: string): (path: string) => boolean {
  const patterns = ignoreFile.split("\n").filter((line) => line.trim() !== "");
  const tests = patterns.map((pattern) => {
    const source = pattern
      .replaceAll(".", "\\.")
      .replaceAll("**/", "(?:.*/)?")
      .replaceAll(/(?<![.)])\*/g, "[^/]*");
    return new RegExp(`^${source}(?:/|$)`);
  });
  return (path) => tests.some((test) => test.test(path));
}
