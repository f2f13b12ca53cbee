/** A real server that is fuzzed, two healthy sessions beside it, and what must hold meanwhile and afterwards. */
import { execFileSync } from "node:child_process";
import { DatabaseSync } from "node:sqlite";
import { eventually, within } from "@lastbeat/support/eventually";
import { type ScratchServer, startScratchServer } from "@lastbeat/support/scratchServer";
import { projectRoot } from "@lastbeat/tools/processes";
import { FAILURE } from "../harness/failure.ts";
import { HealthySessions } from "../harness/healthySessions.ts";
import { type Conversation, Talk } from "./conversation.ts";
import { Known } from "./known.ts";

/** Never so strict that the door itself turns the fuzzer away, and short waits, so that ends of every tier happen. */
const env = {
  LASTBEAT_SERVER_TRUSTED_PROXIES: "loopback",
  LASTBEAT_SYSTEM_MAX_SESSIONS: "5000",
  LASTBEAT_SYSTEM_SESSION_TIMEOUT: "86400",
  LASTBEAT_SYSTEM_RESUME_GRACE: "2",
  LASTBEAT_WEBSOCKET_HEARTBEAT_INTERVAL: "2",
  LASTBEAT_WEBSOCKET_HEARTBEAT_PONG_TIMEOUT: "2",
  LASTBEAT_WEBSOCKET_HELLO_TIMEOUT: "5",
  LASTBEAT_WEBSOCKET_MAX_CONNECTIONS_PER_ADDRESS: "100000",
  LASTBEAT_WEBSOCKET_CONNECTION_RATE_PER_ADDRESS: "1000000",
};

/** Against being starved, not against being slow: the machine may be loaded. */
const WORST_ECHO_MS = 5_000;
/** What the server's memory may grow by once everything has been used. */
const GROWTH_BYTES = 200 * 2 ** 20;
/** Connections that stay until the server ends them. */
const STAYING = 100;
/** Against a conversation that hangs. */
const CONVERSATION_MS = 60_000;
const CALM_MS = 60_000;

export interface FuzzReport {
  readonly conversations: number;
  readonly frames: number;
  readonly sessions: number;
  readonly worstEchoMs: number;
  readonly memoryMiB: readonly [before: number, peak: number, after: number];
}

export class FuzzedServer implements AsyncDisposable {
  readonly #server: ScratchServer;
  readonly #healthy: HealthySessions;
  readonly #known: Known;
  readonly #staying: Talk[] = [];
  #read = 0;
  #conversations = 0;
  #frames = 0;
  #warmBytes: number | null = null;
  #peakBytes = 0;

  private constructor(server: ScratchServer, healthy: HealthySessions, known: Known) {
    this.#server = server;
    this.#healthy = healthy;
    this.#known = known;
  }

  static async start(): Promise<FuzzedServer> {
    const server = await startScratchServer(env);
    const path = await eventually(
      () => /\/admin\/sign-in\?token=\S+/.exec(server.output())?.[0] ?? Promise.reject(new Error("no link was printed")),
    );
    const response = await fetch(`${server.http}${path}`, { redirect: "manual" });
    const known = new Known((response.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "");
    await quieten(server.http, known.cookie);
    return new FuzzedServer(server, await HealthySessions.open(server), known);
  }

  /** Everything has been used: from now on memory must not grow much. */
  warm(): void {
    this.#warmBytes ??= this.#server.process.ownBytes();
  }

  /** Holds these conversations at once. @throws when the server does anything but stand them. */
  async stand(conversations: readonly Conversation[]): Promise<void> {
    const port = Number(new URL(this.#server.http).port);
    const talks = conversations.map(() => new Talk(port, this.#known));
    const held = conversations.map(async (conversation, at) => {
      const talk = talks[at] as Talk;
      if (await talk.hold(conversation)) this.#staying.push(talk);
      this.#conversations += 1;
      this.#frames += talk.sentFrames;
    });
    await within(Promise.all(held), CONVERSATION_MS, "a conversation");
    while (this.#staying.length > STAYING) this.#staying.shift()?.[Symbol.dispose]();
    for (const { hearing } of talks) if (hearing.fault !== null) throw new Error(`the server said: ${hearing.fault}`);
    this.#check();
  }

  #check(): void {
    if (!this.#server.process.isRunning) throw new Error(`the server has ended: ${this.#server.output().slice(-2_000)}`);
    const output = this.#server.output();
    const [failure] = FAILURE.exec(output.slice(this.#read)) ?? [];
    if (failure !== undefined) throw new Error(`the server logged: ${failure.slice(0, 2_000)}`);
    // A line that is not whole yet is looked at again.
    this.#read = output.lastIndexOf("\n") + 1;
    const waitMs = this.#healthy.longestWaitMs;
    if (this.#healthy.ended.length > 0) throw new Error(`healthy sessions were ended: ${this.#healthy.ended.join(", ")}`);
    if (waitMs > WORST_ECHO_MS) throw new Error(`a healthy session waited for ${waitMs.toFixed(0)} ms`);
    const bytes = this.#server.process.ownBytes();
    this.#peakBytes = Math.max(this.#peakBytes, bytes);
    if (bytes - (this.#warmBytes ?? bytes) > GROWTH_BYTES)
      throw new Error(`memory has grown from ${this.#warmBytes} to ${bytes} bytes`);
  }

  /** Lets everybody leave, and stops the server. @throws unless every session that was opened has ended once. */
  async finish(): Promise<FuzzReport> {
    for (const talk of this.#staying) talk[Symbol.dispose]();
    await this.#liveIs(2);
    this.#check();
    const worstEchoMs = await this.#healthy.worstEcho();
    const memory = [this.#warmBytes ?? 0, this.#peakBytes, this.#server.process.ownBytes()] as const;
    await this.#healthy[Symbol.asyncDispose]();
    await this.#liveIs(0);
    const code = await this.#server.stop();
    if (code !== 0) throw new Error(`the server stopped with ${code}`);
    const sessions = this.#checkLedger();
    const [before = 0, peak = 0, after = 0] = memory.map((bytes) => Math.round(bytes / 2 ** 20));
    return { conversations: this.#conversations, frames: this.#frames, sessions, worstEchoMs, memoryMiB: [before, peak, after] };
  }

  async #liveIs(count: number): Promise<void> {
    const live = async () => {
      const { total, sessions } = (await (await fetch(`${this.#server.http}/api/sessions`)).json()) as {
        total: number;
        sessions: unknown;
      };
      if (total !== count)
        throw new Error(`${total} sessions are live, not ${count}: ${JSON.stringify(sessions).slice(0, 1_000)}`);
    };
    await eventually(live, { withinMs: CALM_MS, everyMs: 100 });
  }

  /** @returns how many sessions it has. */
  #checkLedger(): number {
    using database = new DatabaseSync(this.#server.databaseFile, { readOnly: true });
    const rows = database
      .prepare("SELECT session_id AS id, open, (SELECT count(*) FROM ends WHERE session = sessions.id) AS ends FROM sessions")
      .all() as unknown as readonly { readonly id: string; readonly open: number; readonly ends: number }[];
    const wrong = rows.filter(({ open, ends }) => open !== 0 || ends !== 1);
    if (wrong.length > 0) throw new Error(`sessions without exactly one end: ${JSON.stringify(wrong.slice(0, 5))}`);
    const recorded = new Set(rows.map(({ id }) => id));
    const missing = [...this.#known.opened].filter((id) => !recorded.has(id));
    if (missing.length > 0) throw new Error(`sessions that the ledger does not know: ${missing.slice(0, 5).join(", ")}`);
    const command = ["apps/api/bin/lastbeat.js", "verify", "--db", this.#server.databaseFile];
    const verified = execFileSync(process.execPath, command, { cwd: projectRoot, encoding: "utf8" });
    if (verified.includes("BROKEN")) throw new Error(`the ledger is broken:\n${verified}`);
    return rows.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const talk of this.#staying) talk[Symbol.dispose]();
    await this.#server[Symbol.asyncDispose]();
    this.#healthy.cut();
  }
}

/** A line for every session would be all of what is read. */
async function quieten(http: string, cookie: string): Promise<void> {
  const headers = { cookie, "content-type": "application/json" };
  const { status } = await fetch(`${http}/api/log`, { method: "PUT", headers, body: JSON.stringify({ level: "warn" }) });
  if (status !== 200) throw new Error(`changing the log's level was answered ${status}`);
}
