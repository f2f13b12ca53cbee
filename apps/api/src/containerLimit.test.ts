import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { containerLimit, limitIn } from "./containerLimit.ts";

const MiB = 2 ** 20;
const total = 2 ** 34;

test.each([
  ["max\n", null],
  ["", null],
  ["9223372036854771712", null],
  ["536870912\n", 536_870_912],
])("MEM1 a control group's limit %j is %s", (text, limit) => expect(limitIn(text, total)).toBe(limit));

const v2 = "36 24 0:30 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate";
const v1 =
  "30 24 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755\n40 30 0:35 / /sys/fs/cgroup/memory rw shared:17 - cgroup cgroup rw,memory";
const container = "1250 1249 0:30 /docker/abc /sys/fs/cgroup/memory ro master:11 - cgroup cgroup rw,memory";

describe("the limit of a process's control group", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "lastbeat-groups-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };

  test.each([
    ["MEM1 version 2, its own group", v2, "0::/app.slice/server", { "app.slice/server/memory.max": 300 }, 300],
    ["MEM1 version 2, a group around its own", v2, "0::/app.slice/server", { "app.slice/memory.max": 300 }, 300],
    [
      "MEM1 version 2, the smallest of several",
      v2,
      "0::/a/b/c",
      { "a/memory.max": 200, "a/b/memory.max": 400, "a/b/c/memory.max": 800, "other/memory.max": 50 },
      200,
    ],
    ["MEM1 version 2 in a container with groups of its own", v2, "0::/", { "memory.max": 300 }, 300],
    ["MEM1 version 2, a process outside of what it sees", v2, "0::/../other", { "memory.max": 300, "other/memory.max": 1 }, 300],
    [
      "MEM1 version 1, its own group",
      v1,
      "5:cpu:/x\n4:memory:/lim/server",
      { "memory/lim/server/memory.limit_in_bytes": 300 },
      300,
    ],
    [
      "MEM1 version 1, a group around its own",
      v1,
      "4:cpuacct,memory:/lim/server",
      { "memory/lim/memory.limit_in_bytes": 300 },
      300,
    ],
    ["MEM1 version 1 in a container", container, "4:memory:/docker/abc", { "memory/memory.limit_in_bytes": 300 }, 300],
    [
      "MEM1 version 1, a group inside of a container",
      container,
      "4:memory:/docker/abc/in",
      { "memory/memory.limit_in_bytes": 900, "memory/in/memory.limit_in_bytes": 300 },
      300,
    ],
    ["MEM1 version 1, named as the host sees it", container, "4:memory:/kube/xyz", { "memory/memory.limit_in_bytes": 300 }, 300],
    [
      "MEM1 both versions at once",
      `${v1}\n41 30 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw`,
      "4:memory:/a\n0::/b",
      { "memory/a/memory.limit_in_bytes": 500, "unified/b/memory.max": 300 },
      300,
    ],
    ["MEM1 no limit anywhere", v2, "0::/a", { "a/memory.max": "max" }, null],
    ["MEM1 no control groups", "", "", {}, null],
    [
      "MEM1 a blank in a name",
      v2.replace("/sys/fs/cgroup ", "/sys/fs/cgroup/my\\040groups "),
      "0::/a",
      { "my groups/a/memory.max": 300 },
      300,
    ],
  ])("%s", (_, mountinfo, cgroup, files, expected) => {
    write("proc/self/mountinfo", `22 1 8:1 / / rw - ext4 /dev/sda1 rw\n${mountinfo}\n`);
    write("proc/self/cgroup", `${cgroup}\n`);
    for (const [file, limit] of Object.entries(files)) {
      write(`sys/fs/cgroup/${file}`, `${typeof limit === "number" ? limit * MiB : limit}\n`);
    }
    expect(containerLimit(total, root)).toBe(expected === null ? null : expected * MiB);
  });
});

/** A group of its own for one test, where this machine lets one make groups. */
function makeGroup(): { readonly folder: string; readonly limit: string } | null {
  for (const [at, limit] of [
    ["/sys/fs/cgroup/memory", "memory.limit_in_bytes"],
    ["/sys/fs/cgroup", "memory.max"],
  ] as const) {
    const folder = join(at, `lastbeat-test-${process.pid}`);
    try {
      mkdirSync(folder);
      if (readFileSync(join(folder, limit), "utf8") !== "") return { folder, limit };
    } catch {
      // Not here.
    }
    rmSync(folder, { recursive: true, force: true });
  }
  return null;
}

test("MEM1 a real process sees the limit of its parent group", ({ skip }) => {
  const group = makeGroup();
  if (group === null) return skip("no control groups can be made here");
  const inner = join(group.folder, "inner");
  try {
    writeFileSync(join(group.folder, group.limit), String(300 * MiB));
    mkdirSync(inner);
    const code = `import("${join(import.meta.dirname, "memorySource.ts")}").then((m) => console.log(m.processMemory().sample().residentLimitBytes))`;
    const shell = `echo $$ > ${inner}/cgroup.procs && exec "${process.execPath}" -e '${code}'`;
    expect(Number(execFileSync("sh", ["-c", shell], { encoding: "utf8" }))).toBe(300 * MiB);
  } finally {
    for (const folder of [inner, group.folder]) rmdirSync(folder);
  }
});
