/** The same router behind tRPC's own handler and behind ours, and a client that keeps every frame. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createMemoryLedger, createSessionKeeper, type MemoryLedger, type SessionKeeper, type Settings } from "@lastbeat/core";
import type { TRPCDataTransformer } from "@trpc/server";
import { type Encoder, applyWSSHandler as theirHandler } from "@trpc/server/adapters/ws";
import { vi } from "vitest";
import { type WebSocket as ServerWebSocket, WebSocket, WebSocketServer } from "ws";
import { applyWSSHandler } from "../applyWSSHandler.ts";
import { createTestRouter, type TestContext, type Told } from "./router.ts";

export type Kind = "tRPC's" | "ours";

export interface ServerOptions {
  readonly createContext?: (options: { readonly info: { readonly connectionParams: object | null } }) => TestContext;
  readonly maxBatchSize?: number;
  readonly dangerouslyDisablePong?: boolean;
  readonly experimental_encoder?: Encoder;
  readonly prefix?: string;
  readonly transformer?: TRPCDataTransformer;
}

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly told: Told;
  readonly wss: WebSocketServer;
  readonly reconnect: () => void;
}

/** What `onError` is told, in one line. */
function errorLine({ error, path, type, input, ctx }: Parameters<NonNullable<Parameters<typeof theirHandler>[0]["onError"]>>[0]) {
  return `error ${error.code} ${path ?? "-"} ${type} ${JSON.stringify(input)} ${JSON.stringify(ctx)}: ${error.message}`;
}

async function listening(wss: WebSocketServer): Promise<string> {
  if (wss.address() === null) await once(wss, "listening");
  return `ws://127.0.0.1:${(wss.address() as AddressInfo).port}`;
}

async function shut(wss: WebSocketServer): Promise<void> {
  for (const client of wss.clients) client.terminate();
  await new Promise((resolve) => wss.close(resolve));
}

export async function startServer(kind: Kind, { transformer, ...options }: ServerOptions = {}): Promise<TestServer> {
  const told: Told = [];
  const wss = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  const common = {
    wss,
    router: createTestRouter(told, transformer),
    createContext: (): TestContext => ({ user: "Ada" }),
    onError: (info: Parameters<typeof errorLine>[0]) => void told.push(errorLine(info)),
    ...options,
  };
  const handler = kind === "ours" ? applyWSSHandler(common) : theirHandler(common);
  const url = await listening(wss);
  return {
    url,
    told,
    wss,
    reconnect: () => handler.broadcastReconnectNotification(),
    [Symbol.asyncDispose]: () => shut(wss),
  };
}

export interface KeptServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly told: Told;
  readonly wss: WebSocketServer;
  readonly keeper: SessionKeeper;
  readonly ledger: MemoryLedger;
}

type KeptOptions = Partial<Omit<Parameters<typeof applyWSSHandler>[0], "wss" | "router" | "keeper">>;

/** Ours with a keeper that a test can look into. */
export async function startKept(settings: Partial<Settings> = {}, options: KeptOptions = {}): Promise<KeptServer> {
  const told: Told = [];
  const wss = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  const ledger = createMemoryLedger();
  const keeper = createSessionKeeper({ ledger, settings });
  applyWSSHandler({ wss, router: createTestRouter(told), keeper, createContext: () => ({ user: "Ada" }), ...options });
  const url = await listening(wss);
  const dispose = async () => {
    await keeper.close();
    await shut(wss);
  };
  return { url, port: Number(new URL(url).port), told, wss, keeper, ledger, [Symbol.asyncDispose]: dispose };
}

export function onlyClient({ wss }: { readonly wss: WebSocketServer }): ServerWebSocket {
  const [client, ...more] = wss.clients;
  if (client === undefined || more.length > 0) throw new Error(`${wss.clients.size} clients are connected`);
  return client;
}

export type Frame = Record<string, unknown> | string;

export class RawClient implements Disposable {
  readonly socket: WebSocket;
  readonly frames: Frame[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;

  constructor(url: string) {
    this.socket = new WebSocket(url);
    this.socket.on("message", (data, isBinary) => {
      const text = String(data);
      this.frames.push(text.startsWith("{") ? (JSON.parse(text) as Frame) : `${isBinary ? "binary " : ""}${text}`);
    });
    this.socket.on("error", () => {});
    this.closed = new Promise((resolve) => this.socket.on("close", (code, reason) => resolve({ code, reason: String(reason) })));
  }

  static async connect(url: string): Promise<RawClient> {
    const client = new RawClient(url);
    await once(client.socket, "open");
    return client;
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === "string" || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  async until(frames: number): Promise<void> {
    await vi.waitFor(
      () => {
        if (this.frames.length < frames) throw new Error(`${this.frames.length} of ${frames}: ${JSON.stringify(this.frames)}`);
      },
      { timeout: 10_000, interval: 5 },
    );
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }
}
