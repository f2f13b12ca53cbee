/** The server that the attacks of one file share; started anew when an attack has ended it. */
import { type ScratchServer, startScratchServer } from "@lastbeat/support/scratchServer";

/** Everything that matters here at its default, but room for sessions, and addresses that an attacker can be given. */
const roomy = {
  LASTBEAT_SYSTEM_MAX_SESSIONS: "5000",
  LASTBEAT_SERVER_TRUSTED_PROXIES: "loopback",
};

export class SharedServer {
  readonly #env: Readonly<Record<string, string>>;
  #server: ScratchServer | null = null;

  constructor(env: Readonly<Record<string, string>>) {
    this.#env = { ...roomy, ...env };
  }

  async running(): Promise<ScratchServer> {
    if (this.#server !== null && !this.#server.process.isRunning) await this.stop();
    this.#server ??= await startScratchServer(this.#env);
    return this.#server;
  }

  async stop(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    this.#server = null;
  }
}
