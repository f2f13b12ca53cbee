/** Reads the memory limit set by this process's control groups: the lowest from its own group up to the root. */
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";

/** A mounted cgroup hierarchy with a memory controller. */
interface Mount {
  readonly version: 1 | 2;
  /** The mounted group. In a container it is often the container's own group rather than the root. */
  readonly group: string;
  readonly at: string;
}

const limitFile = { 1: "memory.limit_in_bytes", 2: "memory.max" } as const;

/**
 * The limit in bytes, or `null` if there is none below `totalBytes`, the machine's memory.
 * @param root - prefix for `/proc` and the mount points.
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

/** Parses a limit file; `null` for no limit. */
export function limitIn(text: string, totalBytes: number): number | null {
  const bytes = Number(text.trim());
  // "max" means no limit, and so does a number near 2^63 in version 1.
  return Number.isFinite(bytes) && bytes > 0 && bytes < totalBytes ? bytes : null;
}

/** Parses `/proc/self/cgroup`: the process's own group in the hierarchies of both versions. */
function ownGroups(text: string): Readonly<Record<1 | 2, string>> {
  const lines = text.split("\n").map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const groupOf = (wanted: (controllers: string) => boolean) =>
    lines.find((line) => line !== null && wanted(line[1] ?? ""))?.[2] ?? "/";
  return {
    1: groupOf((controllers) => controllers.split(",").includes("memory")),
    2: groupOf((controllers) => controllers === ""),
  };
}

/** Parses `/proc/self/mountinfo`: `35 31 0:32 <group> <at> <options> … - cgroup <source> <options>`. */
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

/** Decodes octal escapes, which stand for spaces and the like. */
function unescaped(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** The folders of the process's own group and its ancestors, as far as they are visible here. */
function foldersUpwards({ group, at }: Mount, own: string): string[] {
  // A group outside the mount begins with `..`, or carries the host's name for it.
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
