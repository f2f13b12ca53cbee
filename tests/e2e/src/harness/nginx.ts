/**
 * Debian's nginx with its default configuration, in front of a server: the shipped `nginx.conf` and `proxy_params`, with nothing changed but where it
 * writes and listens, and a site that has the four lines of docs/OPERATIONS.md. Its folder and port are its own; it needs no rights.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { eventually, within } from "@lastbeat/support/eventually";
import { leftovers } from "./run.ts";
import { freePort } from "./serverConfig.ts";

const SHIPPED = "/etc/nginx";
const READY_MS = 10_000;
const STOP_MS = 5_000;

export interface NginxOptions {
  /** The server's own address. */
  readonly upstream: string;
  readonly host?: string;
  /** Where the server is served, such as `/chat/`. */
  readonly location?: string;
  /** Whether nginx takes that path off before it passes a request on. */
  readonly strips?: boolean;
  /** What is silent for longer is cut; nginx's own default is 60. */
  readonly readTimeoutS?: number;
}

function program(): string | undefined {
  return ["/usr/sbin/nginx", "/usr/bin/nginx"].find((path) => existsSync(path));
}

/** Why this machine cannot run it; `null` when it can. */
export function noNginx(): string | null {
  if (program() === undefined) return "no nginx";
  return existsSync(join(SHIPPED, "proxy_params")) ? null : "nginx is not Debian's";
}

export class Nginx implements AsyncDisposable {
  /** Where it listens. */
  readonly url: string;
  readonly #master: ChildProcess;
  readonly #exited: Promise<unknown>;

  private constructor(url: string, master: ChildProcess) {
    this.url = url;
    this.#master = master;
    this.#exited = new Promise((resolve) => master.once("exit", resolve));
  }

  static async start(options: NginxOptions): Promise<Nginx> {
    const obstacle = noNginx();
    if (obstacle !== null) throw new Error(`${obstacle}: apt-get install nginx`);
    const { host = "127.0.0.1" } = options;
    const folder = leftovers.newFolder("nginx");
    const port = await freePort(host);
    writeFileSync(join(folder, "site.conf"), site({ ...options, host, port }));
    writeFileSync(join(folder, "nginx.conf"), configuration(folder));
    mkdirSync(join(folder, "temp"));
    const args = ["-c", join(folder, "nginx.conf"), "-e", join(folder, "error.log"), "-g", "daemon off;"];
    const master = spawn(program() ?? "nginx", args, { stdio: ["ignore", "ignore", "inherit"] });
    leftovers.noteProcess(master.pid ?? Number.NaN);
    const nginx = new Nginx(`http://${host}:${port}`, master);
    try {
      await eventually(() => connects(host, port), { withinMs: READY_MS });
    } catch (error) {
      await nginx[Symbol.asyncDispose]();
      throw error;
    }
    for (const worker of childrenOf(master.pid)) leftovers.noteProcess(worker);
    return nginx;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#master.exitCode !== null || this.#master.signalCode !== null) return;
    this.#master.kill("SIGTERM");
    await within(this.#exited, STOP_MS, "nginx's end");
  }
}

/** The shipped configuration, writing into this folder and serving this site only. */
function configuration(folder: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${folder}/temp/${kind};`,
  );
  return readFileSync(join(SHIPPED, "nginx.conf"), "utf8")
    .replace(/^user .*;$/m, process.getuid?.() === 0 ? "user root;" : "")
    .replace(/^pid .*;$/m, `pid ${folder}/nginx.pid;`)
    .replaceAll(/^(\s*)(error|access)_log .*;$/gm, `$1$2_log ${folder}/$2.log;`)
    .replaceAll(/^\s*include \/etc\/nginx\/(?:conf\.d|sites-enabled)\/.*;$/gm, "")
    .replace(/^http \{$/m, `http {\n\t${temporary.join("\n\t")}\n\tinclude ${folder}/site.conf;`);
}

function site(options: NginxOptions & { readonly host: string; readonly port: number }): string {
  const { upstream, host, port, location = "/", strips = false, readTimeoutS } = options;
  return `server {
  listen ${host}:${port};
  ${readTimeoutS === undefined ? "" : `proxy_read_timeout ${readTimeoutS}s;`}
  location ${location} {
    include ${SHIPPED}/proxy_params;
    proxy_pass ${upstream}${strips ? "/" : ""};
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection; proxy_set_header Forwarded "";
    # Debian's proxy_params passes no port on; a site on port 80 or 443 needs none.
    proxy_set_header X-Forwarded-Port $server_port;
  }
}
`;
}

function connects(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", reject);
  });
}

function childrenOf(pid: number | undefined): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}
