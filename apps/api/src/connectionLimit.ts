/**
 * Limits connections to what the process's file descriptors allow. Every connection, the database, the log and each file being read
 * take one. Without a limit, idle connections could exhaust them. Some descriptors are reserved for files. A few more are refusal slots,
 * in which a connection over the limit is only told why it is refused, so that health checks still get an answer.
 */
import { readdirSync, readFileSync } from "node:fs";
import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { KeeperLog } from "@lastbeat/core";
import { SparseLog } from "./log/sparseLog.ts";

/** Descriptors reserved for files and restarting threads. */
const RESERVED = 48;
const REFUSAL_SLOTS = 16;
/** Connections served even if the descriptor limit is tiny. */
const MIN_SERVED = 8;
/** How long a connection may occupy a refusal slot. */
const REFUSAL_SLOT_MS = 2_000;

export interface Descriptors {
  /** Descriptors the process may have open. */
  readonly limit: number;
  readonly inUse: number;
}

/** How many connections to serve. */
export function connectionsServed({ limit, inUse }: Descriptors): number {
  return Math.max(MIN_SERVED, limit - inUse - RESERVED - REFUSAL_SLOTS);
}

/** Parses the open file limit from the text of `/proc/self/limits`; `null` if there is none. */
export function openFilesLimit(limits: string): number | null {
  const [, limit] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
  return limit === undefined ? null : Number(limit);
}

/** This process's descriptors; `null` on systems without `/proc`. */
export function processDescriptors(): Descriptors | null {
  try {
    const limit = openFilesLimit(readFileSync("/proc/self/limits", "utf8"));
    const inUse = readdirSync("/proc/self/fd").length;
    return limit === null ? null : { limit, inUse };
  } catch {
    return null;
  }
}

export class ConnectionLimit {
  readonly #served: number;
  readonly #limit: number;
  readonly #log: SparseLog;
  readonly #refused = new WeakSet<Socket>();
  #open = 0;
  #refusals = 0;

  constructor(log: KeeperLog, descriptors: Descriptors | null = processDescriptors()) {
    this.#log = new SparseLog(log);
    this.#limit = descriptors?.limit ?? Number.POSITIVE_INFINITY;
    this.#served = descriptors === null ? Number.POSITIVE_INFINITY : connectionsServed(descriptors);
  }

  /** Counts the server's connections, refuses those over the limit, and handles accept errors. */
  watch(server: Server): void {
    if (this.#served < Number.POSITIVE_INFINITY) server.maxConnections = this.#served + REFUSAL_SLOTS;
    server.on("connection", this.#opened);
    server.on("drop", () => this.#logRefusal());
    server.on("error", (error: NodeJS.ErrnoException) => {
      if (error.syscall === "accept") return this.#logRefusal(error.code);
      this.#log.warn("server", "The HTTP server reported an error", { error });
    });
  }

  /** Connections open now, the most that are served (infinite where there is no limit), and how many were refused since the start. */
  counts(): { readonly open: number; readonly served: number; readonly refused: number } {
    return { open: this.#open, served: this.#served, refused: this.#refusals };
  }

  /** Why connections are currently refused, or `null`. */
  cause(): string | null {
    if (this.#open <= this.#served) return null;
    return `${this.#served} connections are open, the most that the limit of ${this.#limit} open files allows (ulimit -n)`;
  }

  /** Whether this connection is over the limit. */
  isRefused(socket: Socket): boolean {
    return this.#refused.has(socket);
  }

  readonly #opened = (socket: Socket) => {
    // The event fires again for the same socket when a declined upgrade is answered as a plain request.
    if (socket.listenerCount("close", this.#closed) > 0) return;
    this.#open += 1;
    socket.on("close", this.#closed);
    if (this.#open <= this.#served) return;
    this.#refused.add(socket);
    setTimeout(() => socket.destroy(), REFUSAL_SLOT_MS).unref();
    this.#logRefusal();
  };

  readonly #closed = () => {
    this.#open -= 1;
  };

  #logRefusal(code?: string): void {
    this.#refusals += 1;
    const message = "Connections are refused: no file descriptors left; raise the limit (ulimit -n)";
    this.#log.warn("refused", message, { open: this.#open, limit: this.#limit, code });
  }
}
