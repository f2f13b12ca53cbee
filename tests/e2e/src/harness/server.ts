/** A server on a port, data and log of its own, with what a test asks of it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AppRouter, EndPage, LiveSession } from "@lastbeat/api";
import type { Settings } from "@lastbeat/core";
import { eventually } from "@lastbeat/support/eventually";
import { type Exit, ServerProcess } from "@lastbeat/support/serverProcess";
import { projectRoot } from "@lastbeat/tools/processes";
import { createTRPCClient, httpLink } from "@trpc/client";
import { Nginx, type NginxOptions } from "./nginx.ts";
import { leftovers } from "./run.ts";
import { freePort, quickSettings, writeConfig } from "./serverConfig.ts";

export interface ServerOptions {
  readonly settings?: Partial<Settings>;
  readonly host?: string;
  readonly logLevel?: "debug" | "info";
  readonly lab?: boolean;
  /** nginx in front of it; by default there is one when the environment asks for it (`LASTBEAT_E2E_PROXY=nginx`). */
  readonly proxy?: ProxyOptions | null;
  /** `server.base_path`. */
  readonly basePath?: string;
}

export type ProxyOptions = Pick<NginxOptions, "location" | "strips" | "readTimeoutS">;

const asked = process.env.LASTBEAT_E2E_PROXY ?? "";
if (!["", "nginx"].includes(asked)) throw new Error(`LASTBEAT_E2E_PROXY=${asked}: the only proxy there is here is nginx`);

/** Whether every server of this run stands behind nginx unless a test says otherwise. */
export const behindNginx = asked === "nginx";

interface ServerParts {
  readonly settings: Settings;
  readonly url: string;
  readonly ownUrl: string;
  readonly folder: string;
  readonly configFile: string;
  readonly proxy: Nginx | null;
}

/** Of a server that other machines can reach. */
export const FIRST_ACCOUNT = { name: "ada", password: "a heartbeat per second" } as const;

export class Server implements AsyncDisposable {
  /** As configured; what an operator saves later is not in here. */
  readonly settings: Settings;
  /** Where clients find it: at the proxy when there is one, below the path that this serves it at. */
  readonly url: string;
  readonly logFile: string;
  /** The link that the server printed. Where others than this machine can reach the server, it leads to making the first account. */
  signInLink = "";
  /** The operator's cookie once somebody has signed in, for requests that need one. */
  cookie: string | null = null;
  readonly #configFile: string;
  /** Where it listens itself. */
  readonly #ownUrl: string;
  readonly #proxy: Nginx | null;
  #process: ServerProcess;

  private constructor({ settings, url, ownUrl, folder, configFile, proxy }: ServerParts) {
    this.settings = settings;
    this.url = url;
    this.logFile = join(folder, "logs/app.log");
    this.#ownUrl = ownUrl;
    this.#proxy = proxy;
    this.#configFile = configFile;
    this.#process = startProcess(configFile);
  }

  static async start({
    settings: partial,
    host = "127.0.0.1",
    logLevel = "info",
    lab,
    ...place
  }: ServerOptions = {}): Promise<Server> {
    if (!existsSync(join(projectRoot, "apps/chat/build"))) throw new Error("The web apps are not built: run npm run build.");
    const { proxy: proxied = behindNginx ? {} : null, basePath = "/" } = place;
    const folder = leftovers.newFolder("server");
    const settings = quickSettings(partial);
    // Behind a proxy nobody else needs to reach it.
    const ownHost = proxied === null ? host : "127.0.0.1";
    const port = await freePort(ownHost);
    const more = {
      base_path: basePath,
      trusted_proxies: proxied === null ? [] : ["loopback", host],
      // Its host may be that of a cable to other machines.
      accept_risks: ["guests", "no_limits", "plain_http"],
    };
    const configFile = writeConfig({ folder, settings, host: ownHost, port, logLevel, lab, more });
    const ownUrl = `http://${ownHost}:${port}`;
    const proxy = proxied === null ? null : await Nginx.start({ ...proxied, host, upstream: ownUrl });
    const below = (proxied?.location ?? basePath).replace(/\/$/, "");
    const server = new Server({ settings, folder, configFile, ownUrl, proxy, url: `${proxy?.url ?? ownUrl}${below}` });
    try {
      await server.#ready();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  async #ready(): Promise<void> {
    const link = new URL(await this.#process.printed(/^\s*Admin\s+(\S+)/m));
    const { ok } = await fetch(`${this.#ownUrl}/healthz`);
    if (!ok) throw new Error(`the server does not serve:\n${this.#process.output}`);
    this.signInLink = `${new URL(this.url).origin}${link.pathname}${link.search}${link.hash}`;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** `ws://…` */
  get wsUrl(): string {
    return this.url.replace("http", "ws");
  }

  /** SIGTERM. */
  stop(): Promise<Exit> {
    return this.#process.end("SIGTERM");
  }

  /** SIGKILL. */
  kill(): Promise<Exit> {
    return this.#process.end("SIGKILL");
  }

  pause(): void {
    this.#process.signal("SIGSTOP");
  }

  resume(): void {
    this.#process.signal("SIGCONT");
  }

  /** Starts it again on the same data and port. */
  startAgain(): Promise<void> {
    this.#process = startProcess(this.#configFile);
    return this.#ready();
  }

  /** Signs in by the link, without a browser: from then on the server can be asked as the operator. */
  async signIn(): Promise<void> {
    const { pathname, origin, hash } = new URL(this.signInLink);
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ ...FIRST_ACCOUNT, link: hash.slice(1) });
    const answer = await (hash === ""
      ? fetch(this.signInLink, { redirect: "manual" })
      : fetch(`${origin}${pathname}`, { method: "POST", headers, body }));
    const [cookie] = (answer.headers.get("set-cookie") ?? "").split(";", 1);
    if (cookie === undefined || cookie === "")
      throw new Error(`no cookie for ${pathname}: ${answer.status} ${await answer.text()}`);
    this.cookie = cookie;
  }

  /** What REST answers. */
  async get<T>(path: string): Promise<T> {
    // Nobody reads through a proxy without a sign-in; programs on the server's machine may.
    const [url, headers] = this.cookie === null ? [this.#ownUrl, {}] : [this.url, { cookie: this.cookie }];
    const response = await fetch(`${url}${path}`, { headers });
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async sessions(): Promise<readonly LiveSession[]> {
    return (await this.get<{ readonly sessions: readonly LiveSession[] }>("/api/sessions")).sessions;
  }

  ends(query = ""): Promise<EndPage> {
    return this.get<EndPage>(`/api/ends${query}`);
  }

  /** The one live session of this user, waited for if need be. */
  sessionOf(user: string): Promise<LiveSession> {
    return eventually(async () => {
      const [session, ...others] = (await this.sessions()).filter((live) => live.user === user);
      if (session === undefined || others.length > 0)
        throw new Error(`${user} has ${session ? others.length + 1 : 0} live sessions`);
      return session;
    });
  }

  /** The operator's procedures. */
  get api() {
    const headers = { cookie: this.cookie ?? "" };
    return createTRPCClient<AppRouter>({ links: [httpLink({ url: `${this.url}/trpc`, headers })] });
  }

  /** The lines of `logs/app.log` that hold this text. */
  logLines(text: string): string[] {
    return readFileSync(this.logFile, "utf8")
      .split("\n")
      .filter((line) => line.includes(text));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.kill(), this.#proxy?.[Symbol.asyncDispose]()]);
  }
}

function startProcess(configFile: string): ServerProcess {
  const server = new ServerProcess({ LASTBEAT_CONFIG: configFile });
  leftovers.noteProcess(server.pid);
  return server;
}
