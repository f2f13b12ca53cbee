/** A small disk for tests of full and read-only ones. Needs the right to mount. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system of its own, that can become read-only: file modes do not stop a test that runs as root. */
export function ownDisk(folder: string): Disposable & { makeReadOnly(): void } {
  const run = (command: string, ...args: string[]) => void execFileSync(command, [...args, folder], { stdio: "ignore" });
  mkdirSync(folder, { recursive: true });
  run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs");
  return { makeReadOnly: () => run("mount", "-o", "remount,ro"), [Symbol.dispose]: () => run("umount", "-l") };
}

export function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "lastbeat-mount-"));
  try {
    using disk = ownDisk(folder);
    disk.makeReadOnly();
    return true;
  } catch {
    process.stdout.write("SKIPPED: tests with a disk of their own need the right to mount a file system\n");
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
