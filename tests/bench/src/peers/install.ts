/** The peers that are measured beside Lastbeat, in a folder of their own: nothing of the product depends on them. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Ignored by git. */
export const peersFolder = fileURLToPath(new URL("../../.peers/", import.meta.url));
const manifest = join(peersFolder, "package.json");

/** Exact, so that two runs measure the same. */
export const peerVersions = { "socket.io": "4.8.4", "@colyseus/core": "0.18.17", "@colyseus/ws-transport": "0.18.4" } as const;

/** Installs the peers where that is not done yet, and compiles the programs in C where there is a compiler. */
export async function installPeers(): Promise<void> {
  mkdirSync(peersFolder, { recursive: true });
  const wanted = JSON.stringify({ private: true, dependencies: peerVersions });
  if (existsSync(manifest) && readFileSync(manifest, "utf8") === wanted && existsSync(join(peersFolder, "node_modules"))) return;
  process.stderr.write(`installing ${Object.keys(peerVersions).join(", ")} …\n`);
  writeFileSync(manifest, wanted);
  await run("npm", ["install", "--no-audit", "--no-fund", "--no-package-lock"], { cwd: peersFolder });
}

export function peerPackage<T>(name: keyof typeof peerVersions): T {
  return createRequire(manifest)(name) as T;
}

const sources = { client: ["client.c", "dialects.c", "chat.c"], floor: ["floor.c"] };

const programs = new Map<keyof typeof sources, Promise<string | null>>();

/** Compiles a program of `client/`, once per run. @returns its path; `null` where there is no compiler. */
export function compiled(name: keyof typeof sources): Promise<string | null> {
  const program = programs.get(name) ?? compile(name);
  programs.set(name, program);
  return program;
}

async function compile(name: keyof typeof sources): Promise<string | null> {
  mkdirSync(peersFolder, { recursive: true });
  const folder = fileURLToPath(new URL("./client/", import.meta.url));
  const program = join(peersFolder, name);
  try {
    await run("cc", ["-O2", "-o", program, ...sources[name].map((source) => join(folder, source))]);
    return program;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Whether there is a command of this name. */
export async function hasCommand(name: string): Promise<boolean> {
  return run("sh", ["-c", `command -v ${name}`]).then(
    () => true,
    () => false,
  );
}
