/** A server on a port, data and log of its own, with what a test asks of it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AppRouter, CleanupPage, LiveSession } from "@lastbeat/api";
import type { Settings } from "@lastbeat/core";
import { projectRoot } from "@lastbeat/tools/processes";
import { createTRPCClient, httpLink } from "@trpc/client";
import { eventually } from "./eventually.ts";
import { leftovers } from "./run.ts";
import { freePort, quickSettings, writeConfig } from "./serverConfig.ts";
import { type Exit, ServerProcess } from "./serverProcess.ts";

export interface ServerOptions {
  readonly settings?: Partial<Settings>;
  readonly host?: string;
  readonly logLevel?: "debug" | "info";
  readonly lab?: boolean;
}

export class Server implements AsyncDisposable {
  /** As configured; what an operator saves later is not in here. */
  readonly settings: Settings;
  readonly url: string;
  readonly logFile: string;
  signInLink = "";
  /** The operator's cookie once somebody has signed in, for requests that need one. */
  cookie: string | null = null;
  readonly #configFile: string;
  #process: ServerProcess;

  private constructor({
    settings,
    url,
    folder,
    configFile,
  }: { settings: Settings; url: string; folder: string; configFile: string }) {
    this.settings = settings;
    this.url = url;
    this.logFile = join(folder, "logs/app.log");
    this.#configFile = configFile;
    this.#process = new ServerProcess(configFile);
  }

  static async start({ settings: partial, host = "127.0.0.1", logLevel = "info", lab }: ServerOptions = {}): Promise<Server> {
    if (!existsSync(join(projectRoot, "apps/chat/build"))) throw new Error("The web apps are not built: run npm run build.");
    const folder = leftovers.newFolder("server");
    const settings = quickSettings(partial);
    const port = await freePort(host);
    const configFile = writeConfig({ folder, settings, host, port, logLevel, lab });
    const server = new Server({ settings, folder, configFile, url: `http://${host}:${port}` });
    try {
      await server.#ready();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  async #ready(): Promise<void> {
    this.signInLink = (await this.#process.ready(this.url)).replace("//localhost:", "//127.0.0.1:");
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
    this.#process = new ServerProcess(this.#configFile);
    return this.#ready();
  }

  /** What REST answers. */
  async get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.url}${path}`, { headers: this.cookie === null ? {} : { cookie: this.cookie } });
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async sessions(): Promise<readonly LiveSession[]> {
    return (await this.get<{ readonly sessions: readonly LiveSession[] }>("/api/sessions")).sessions;
  }

  cleanups(query = ""): Promise<CleanupPage> {
    return this.get<CleanupPage>(`/api/cleanups${query}`);
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
    await this.kill();
  }
}
