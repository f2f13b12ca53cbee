/** Clients of other people's making: Python's, and tRPC's own with the lines that the protocol's document shows. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { within } from "@lastbeat/support/eventually";
import { projectRoot } from "@lastbeat/tools/processes";
import type { Cable } from "./netns.ts";
import { leftovers } from "./run.ts";
import type { Server } from "./server.ts";

const PYTHON = "/usr/bin/python3";
const EXIT_MS = 60_000;

export interface Place {
  readonly server: Server;
  readonly name: string;
  /** Runs it on the far end of the cable. */
  readonly cable?: Cable;
}

/** Why this machine cannot run the Python client; `null` when it can. */
export function noPythonWebsockets(): string | null {
  try {
    execFileSync(PYTHON, ["-c", "import websockets"], { stdio: "ignore" });
    return null;
  } catch {
    return "no python3-websockets";
  }
}

export class ForeignClient implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #output = "";

  private constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { cwd: projectRoot, stdio: ["ignore", "pipe", "pipe"] });
    leftovers.noteProcess(this.#child.pid ?? Number.NaN);
    this.#exited = once(this.#child, "exit");
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (data: Buffer) => {
        this.#output += data.toString();
      });
    }
  }

  static python({ server, name, cable }: Place): ForeignClient {
    const program = cable?.wrap(PYTHON) ?? PYTHON;
    const script = join(import.meta.dirname, "../clients/foreign_client.py");
    return new ForeignClient(program, [script, `${server.wsUrl}/ws/new`, name, "general"]);
  }

  /** Runs the document's snippet as it stands there, but for its address, its name and how soon it looks for a dead connection. */
  static stock({ server, name, cable }: Place): ForeignClient {
    const program = cable?.wrap(process.execPath) ?? process.execPath;
    const code = snippet()
      .replace("ws://localhost:8000/trpc", `${server.wsUrl}/trpc`)
      .replace('"ada"', JSON.stringify(name))
      .replace("intervalMs: 20_000, pongTimeoutMs: 10_000", "intervalMs: 1_000, pongTimeoutMs: 1_000")
      .replace("console.log(event)", "console.log(JSON.stringify(event))");
    return new ForeignClient(program, ["--input-type=module-typescript", "-e", code]);
  }

  get output(): string {
    return this.#output;
  }

  /** Resolves when it has left by itself. */
  left(): Promise<unknown> {
    return within(this.#exited, EXIT_MS, `the client's leaving (${this.#output})`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }
}

/** The TypeScript that PROTOCOL.md shows. */
export function snippet(): string {
  const document = readFileSync(join(projectRoot, "docs/PROTOCOL.md"), "utf8");
  const [, code] = /```ts\n([\s\S]*?)```/.exec(document) ?? [];
  if (code === undefined) throw new Error("PROTOCOL.md shows no TypeScript");
  return code;
}
