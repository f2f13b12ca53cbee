/**
 * A root file system with this machine's `/usr`, a Node in `/usr/local` and nothing else, in which the steps of a Dockerfile run where
 * there is no Docker. Every step runs in a mount namespace of its own, so no mount outlives it. Needs root.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface StepOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly folder?: string;
  /** `user:group`; default: root's. */
  readonly user?: string;
  /** Folders that stay writable when the root is read-only, with where they are outside. */
  readonly volumes?: Readonly<Record<string, string>>;
  readonly readOnly?: boolean;
  /** Whether the command is process 1 of a process namespace. */
  readonly first?: boolean;
}

/** Why no bare root can be made here, or `null`. */
export function cannotMakeRoot(): string | null {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "only root on Linux can make a root file system";
  if (!existsSync("/usr/bin/tini")) return "it needs tini, which the image installs: apt-get install tini";
  try {
    execFileSync("unshare", ["--mount", "--pid", "--fork", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" });
    return null;
  } catch {
    return "it needs the right to mount file systems";
  }
}

export class BareRoot implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "lastbeat-root-"));
  readonly #local = mkdtempSync(join(tmpdir(), "lastbeat-local-"));

  constructor() {
    for (const name of ["usr", "etc/ssl", "dev", "proc", "tmp", "root/.npm", "var", "app"])
      mkdirSync(join(this.folder, name), { recursive: true });
    for (const name of ["bin", "lib", "lib64", "sbin"]) symlinkSync(`usr/${name}`, join(this.folder, name));
    chmodSync(this.folder, 0o755);
    chmodSync(this.#local, 0o755);
    writeFileSync(join(this.folder, "etc/passwd"), "root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n");
    writeFileSync(join(this.folder, "etc/group"), "root:x:0:\nnode:x:1000:\n");
    copyFileSync("/etc/resolv.conf", join(this.folder, "etc/resolv.conf"));
    const npm = dirname(dirname(realpathSync(execFileSync("sh", ["-c", "command -v npm"], { encoding: "utf8" }).trim())));
    mkdirSync(join(this.#local, "bin"));
    copyFileSync(process.execPath, join(this.#local, "bin/node"));
    cpSync(npm, join(this.#local, "lib/npm"), { recursive: true });
    symlinkSync("../lib/npm/bin/npm-cli.js", join(this.#local, "bin/npm"));
  }

  /** The arguments of `unshare` that run a command in this root. */
  #arguments(
    command: readonly string[],
    { env = {}, folder = "/", user = "0:0", volumes = {}, readOnly = false, first = false }: StepOptions,
  ) {
    const at = (path: string) => `'${join(this.folder, path)}'`;
    const bind = (from: string, to: string, mode = "rw") => [
      `mount --bind '${from}' ${at(to)}`,
      ...(mode === "ro" ? [`mount -o remount,bind,ro ${at(to)}`] : []),
    ];
    const cache = join(homedir(), ".npm");
    const mounts = [
      ...bind(this.folder, "/"),
      ...bind("/usr", "/usr", "ro"),
      `mount --bind '${this.#local}' ${at("/usr/local")}`,
      ...bind("/etc/ssl", "/etc/ssl", "ro"),
      ...bind("/dev", "/dev"),
      ...(existsSync(cache) && !readOnly ? bind(cache, "/root/.npm") : []),
      ...Object.entries(volumes).flatMap(([path, from]) => bind(from, path)),
      ...(readOnly
        ? [
            `mount -o remount,bind,ro ${at("/")}`,
            `mount -o remount,bind,ro ${at("/usr/local")}`,
            `mount -t tmpfs tmpfs ${at("/tmp")}`,
          ]
        : []),
      `mount -t proc proc ${at("/proc")}`,
    ];
    const all = { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: "/root", ...env };
    const pairs = Object.entries(all).map(([name, value]) => `${name}=${value}`);
    const inside = ["env", "-i", "-C", folder, ...pairs, ...command];
    const script = [...mounts, `exec chroot --userspec=${user} ${at("/")} "$@"`].join("\n");
    const own = first ? ["--pid", "--fork", "--kill-child=SIGKILL"] : [];
    return ["--mount", "--propagation", "private", ...own, "sh", "-ec", script, "sh", ...inside];
  }

  /** Runs a command to its end. @returns what it printed. @throws {Error} when it fails. */
  run(command: readonly string[], options: StepOptions = {}): string {
    return execFileSync("unshare", this.#arguments(command, options), { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  start(command: readonly string[], options: StepOptions = {}): ChildProcess {
    return spawn("unshare", this.#arguments(command, options), { stdio: ["ignore", "pipe", "pipe"] });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(this.#local, { recursive: true, force: true });
  }
}
