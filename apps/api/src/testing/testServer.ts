/** A whole server on a free port, with a store in memory if no other is given, and what tests need to talk to it. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Settings, settingFields, settingKeys, toWritten } from "@lastbeat/core";
import { eventually } from "@lastbeat/support/eventually";
import { WebSocket } from "ws";
import { type Config, loadConfig } from "../config.ts";
import type { Descriptors } from "../connectionLimit.ts";
import type { Store } from "../ledger/store.ts";
import { type RunningServer, startServer } from "../runtime.ts";
import { createMemoryStore, type MemoryStore } from "./memoryStore.ts";

export interface TestServer extends AsyncDisposable {
  readonly server: RunningServer;
  /** The store in memory; empty when another was given. */
  readonly store: MemoryStore;
  /** Where it keeps operators and tokens. */
  readonly dataFolder: string;
  /** `level message` of each log line. */
  readonly lines: readonly string[];
  /** The fields of all log lines, as JSON. */
  readonly logFields: readonly string[];
  readonly http: string;
  readonly ws: string;
  /** Signs in by the link. @returns the `Cookie` header. */
  signIn(): Promise<string>;
}

export interface TestServerOptions {
  readonly settings?: Partial<Settings>;
  readonly maxFrameBytes?: number;
  readonly store?: Store;
  readonly localReads?: boolean;
  /** More of the configuration, as environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: those of this process. */
  readonly descriptors?: Descriptors;
  /** The server's wall clock; default: the machine's. */
  readonly now?: () => number;
}

export async function startTestServer({
  settings = {},
  maxFrameBytes,
  store: given,
  localReads,
  env,
  descriptors,
  now,
}: TestServerOptions = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), "lastbeat-api-"));
  const lines: string[] = [];
  const logFields: string[] = [];
  const write = (level: string) => (message: string, fields?: object) => {
    lines.push(`${level} ${message}`);
    logFields.push(JSON.stringify(fields ?? {}, withErrors));
  };
  const log = { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
  const store = createMemoryStore();
  const config = testConfig(folder, { settings, maxFrameBytes, localReads, env });
  const memory = { sample: () => ({ residentBytes: 1, residentLimitBytes: 100, heapUsedBytes: 1, heapLimitBytes: 100 }) };
  const server = await startServer({ config, log, store: given ?? store, memory, now, ...(descriptors && { descriptors }) });
  const http = `http://127.0.0.1:${server.port}`;
  return {
    server,
    store,
    dataFolder: dirname(config.ledger.file),
    lines,
    logFields,
    http,
    ws: `ws://127.0.0.1:${server.port}`,
    async signIn() {
      const response = await fetch(`${http}${server.newSignInPath()}`, { redirect: "manual" });
      return (response.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function withErrors(_: string, value: unknown): unknown {
  return value instanceof Error ? String(value.stack) : value;
}

function testConfig(
  root: string,
  { settings = {}, maxFrameBytes = 65_536, localReads = true, env: more = {} }: TestServerOptions,
): Config {
  const written = settingKeys.flatMap((key) => {
    const value = settings[key];
    if (value === undefined) return [];
    const name = `LASTBEAT_${settingFields[key].path.replaceAll(".", "_").toUpperCase()}`;
    return [[name, String(toWritten(key, value))]];
  });
  const env = {
    ...Object.fromEntries(written),
    LASTBEAT_SERVER_PORT: "0",
    LASTBEAT_SERVER_LOCAL_READS: String(localReads),
    ...more,
  };
  return { ...loadConfig({ root, env }), websocket: { maxFrameBytes } };
}

/** A plain WebSocket client that keeps the frames it got. */
export class TestClient implements Disposable {
  readonly socket: WebSocket;
  readonly frames: Record<string, unknown>[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;

  constructor(url: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(url, { headers });
    this.socket.on("message", (data) => this.frames.push(JSON.parse(String(data)) as Record<string, unknown>));
    this.socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      this.socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  static async connect(url: string, headers?: Record<string, string>): Promise<TestClient> {
    const client = new TestClient(url, headers);
    await once(client.socket, "open");
    return client;
  }

  send(frame: unknown): void {
    this.socket.send(JSON.stringify(frame));
  }

  /** The first frame of this type, waited for if need be. */
  async frame(type: string): Promise<Record<string, unknown>> {
    const find = () => this.frames.find((frame) => frame.type === type);
    return find() ?? eventually(() => find() ?? Promise.reject(new Error(`no frame ${type}: ${JSON.stringify(this.frames)}`)));
  }

  /** The frame after those that have come already. */
  async anyFrame(): Promise<Record<string, unknown>> {
    const had = this.frames.length;
    return eventually(() => this.frames[had] ?? Promise.reject(new Error("no frame came")), { withinMs: 5_000 });
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }
}
