/**
 * How many connections the process has file descriptors for. Each connection takes one, and so do the database, the log and every file that
 * is read: without a limit, idle connections alone would take the last one away from them. Some descriptors are kept for those; some more
 * are the doorstep, on which a connection is only told that there is no room, so that whoever asks for the server's health hears why.
 */
import { readdirSync, readFileSync } from "node:fs";
import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { KeeperLog } from "@lastbeat/core";
import { SparseLog } from "./log/sparseLog.ts";

/** For files, and for threads that start again. */
const KEPT = 48;
const DOORSTEP = 16;
/** A server that was given next to none serves at least a few. */
const LEAST = 8;
/** How long a connection may stand on the doorstep. */
const DOORSTEP_MS = 2_000;

export interface Descriptors {
  /** What the process may have open. */
  readonly limit: number;
  readonly inUse: number;
}

/** How many connections are served. */
export function connectionsServed({ limit, inUse }: Descriptors): number {
  return Math.max(LEAST, limit - inUse - KEPT - DOORSTEP);
}

/** The limit of open files, out of the text of `/proc/self/limits`; `null` when it has none. */
export function openFilesLimit(limits: string): number | null {
  const [, limit] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
  return limit === undefined ? null : Number(limit);
}

/** What the system says; `null` where it does not. */
export function processDescriptors(): Descriptors | null {
  try {
    const limit = openFilesLimit(readFileSync("/proc/self/limits", "utf8"));
    const inUse = readdirSync("/proc/self/fd").length;
    return limit === null ? null : { limit, inUse };
  } catch {
    return null;
  }
}

export class ConnectionRoom {
  readonly #served: number;
  readonly #limit: number;
  readonly #log: SparseLog;
  readonly #onDoorstep = new WeakSet<Socket>();
  #open = 0;

  constructor(log: KeeperLog, descriptors: Descriptors | null = processDescriptors()) {
    this.#log = new SparseLog(log);
    this.#limit = descriptors?.limit ?? Number.POSITIVE_INFINITY;
    this.#served = descriptors === null ? Number.POSITIVE_INFINITY : connectionsServed(descriptors);
  }

  /** Starts counting the server's connections, refuses those there is no room for, and takes the errors of accepting them. */
  watch(server: Server): void {
    if (this.#served < Number.POSITIVE_INFINITY) server.maxConnections = this.#served + DOORSTEP;
    server.on("connection", this.#came);
    server.on("drop", () => this.#tell());
    server.on("error", (error: NodeJS.ErrnoException) => {
      if (error.syscall === "accept") return this.#tell(error.code);
      this.#log.warn("server", "The HTTP server reported an error", { error });
    });
  }

  /** Why connections are refused now; `null` when they are not. */
  cause(): string | null {
    if (this.#open <= this.#served) return null;
    return `${this.#served} connections are open, all that the limit of ${this.#limit} open files has room for (ulimit -n)`;
  }

  /** Whether this connection is only told that there is no room. */
  isRefused(socket: Socket): boolean {
    return this.#onDoorstep.has(socket);
  }

  readonly #came = (socket: Socket) => {
    // The server gets the same one again when an upgrade that it does not take is answered as a plain request.
    if (socket.listenerCount("close", this.#left) > 0) return;
    this.#open += 1;
    socket.on("close", this.#left);
    if (this.#open <= this.#served) return;
    this.#onDoorstep.add(socket);
    setTimeout(() => socket.destroy(), DOORSTEP_MS).unref();
    this.#tell();
  };

  readonly #left = () => {
    this.#open -= 1;
  };

  #tell(code?: string): void {
    const message = "Connections are refused: there are no file descriptors for more; raise the limit (ulimit -n)";
    this.#log.warn("refused", message, { open: this.#open, limit: this.#limit, code });
  }
}
