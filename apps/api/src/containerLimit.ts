/** How much memory the control groups of this process allow it: the smallest limit from its own group up to the root. */
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";

/** A hierarchy of control groups that limits memory, as it is mounted here. */
interface Mount {
  readonly version: 1 | 2;
  /** The group that is mounted; in a container often its own and not the root. */
  readonly group: string;
  readonly at: string;
}

const limitFile = { 1: "memory.limit_in_bytes", 2: "memory.max" } as const;

/**
 * The limit in bytes, or `null` when there is none below `totalBytes`, the machine's memory.
 * @param root - where `/proc` and what is mounted are looked for.
 */
export function containerLimit(totalBytes: number, root = "/"): number | null {
  const groups = ownGroups(read(join(root, "proc/self/cgroup")));
  const limits = memoryMounts(read(join(root, "proc/self/mountinfo"))).flatMap((mount) =>
    foldersUpwards(mount, groups[mount.version]).map((folder) =>
      limitIn(read(join(root, folder, limitFile[mount.version])), totalBytes),
    ),
  );
  const found = limits.filter((limit) => limit !== null);
  return found.length === 0 ? null : Math.min(...found);
}

/** The limit out of a file's text; `null` for none. */
export function limitIn(text: string, totalBytes: number): number | null {
  const bytes = Number(text.trim());
  // "max" says that there is no limit, as does version 1's number near 2^63.
  return Number.isFinite(bytes) && bytes > 0 && bytes < totalBytes ? bytes : null;
}

/** The process's own group in the hierarchies of both versions, out of `/proc/self/cgroup`. */
function ownGroups(text: string): Readonly<Record<1 | 2, string>> {
  const lines = text.split("\n").map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const groupOf = (wanted: (controllers: string) => boolean) =>
    lines.find((line) => line !== null && wanted(line[1] ?? ""))?.[2] ?? "/";
  return {
    1: groupOf((controllers) => controllers.split(",").includes("memory")),
    2: groupOf((controllers) => controllers === ""),
  };
}

/** Out of `/proc/self/mountinfo`: `35 31 0:32 <group> <at> <options> … - cgroup <source> <options>`. */
function memoryMounts(text: string): Mount[] {
  return text.split("\n").flatMap((line): Mount[] => {
    const [own = "", filesystem = ""] = line.split(" - ");
    const [, , , group, at] = own.split(" ").map(unescaped);
    const [type, , options = ""] = filesystem.split(" ");
    if (group === undefined || at === undefined) return [];
    if (type === "cgroup2") return [{ version: 2, group, at }];
    return type === "cgroup" && options.split(",").includes("memory") ? [{ version: 1, group, at }] : [];
  });
}

/** Blanks and the like are written in octal. */
function unescaped(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** The folders of the process's own group and of each group around it, as far as they can be seen here. */
function foldersUpwards({ group, at }: Mount, own: string): string[] {
  // A group outside of what is mounted begins with `..`, or is named as the host sees it.
  const below = posix.relative(group, posix.join("/", own));
  const names = below === "" || below.startsWith("..") || own.startsWith("/..") ? [] : below.split("/");
  return [...names.keys(), names.length].map((depth) => posix.join(at, ...names.slice(0, depth)));
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
