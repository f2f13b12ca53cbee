/**
 * What a run has made outside of itself: noted when made, so that the run's end can remove it even when the test that made it
 * was killed. Processes are noted with the moment they began, because the system uses process ids again.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export class Leftovers {
  /** Everything that the run writes is in here. */
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    for (const kind of ["processes", "namespaces"]) mkdirSync(join(folder, kind), { recursive: true });
  }

  newFolder(name: string): string {
    return mkdtempSync(join(this.folder, `${name}-`));
  }

  noteProcess(pid: number): void {
    writeFileSync(join(this.folder, "processes", String(pid)), startOf(pid) ?? "");
  }

  /** `link` is this machine's end of its cable. */
  noteNamespace(name: string, link: string): void {
    writeFileSync(join(this.folder, "namespaces", name), link);
  }

  /** @returns whether it was there. */
  removeNamespace(name: string): boolean {
    const note = join(this.folder, "namespaces", name);
    // The cable first: a connection that was cut in mid-air keeps the namespace in the kernel, nameless, until it times out.
    tryIp("link", "delete", readFileSync(note, "utf8"));
    const wasThere = tryIp("netns", "delete", name);
    rmSync(note);
    return wasThere;
  }

  /** Ends and removes what is still there. @returns what that was. */
  clear(): string[] {
    const found = [...this.#endProcesses(), ...this.#removeNamespaces()];
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    return found;
  }

  #endProcesses(): string[] {
    return readdirSync(join(this.folder, "processes")).flatMap((name) => {
      const began = readFileSync(join(this.folder, "processes", name), "utf8");
      if (began === "" || startOf(Number(name)) !== began) return [];
      process.kill(Number(name), "SIGKILL");
      return [`process ${name}`];
    });
  }

  #removeNamespaces(): string[] {
    const names = readdirSync(join(this.folder, "namespaces")).filter((name) => this.removeNamespace(name));
    return names.map((name) => `network namespace ${name}`);
  }
}

function tryIp(...args: string[]): boolean {
  try {
    execFileSync("ip", args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** When a process began, in the system's ticks; `undefined` when there is none of this id, or only its remains. */
function startOf(pid: number): string | undefined {
  try {
    // The name, in brackets, may hold anything; the fields after it are state, parent, … and, as the 20th, the start.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
