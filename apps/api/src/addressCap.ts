/**
 * Caps the TCP connections that one address has open, from the moment they are accepted (rule SEC2): before a request has come, nothing
 * else bounds them. Proxies that are trusted, and the machine itself, have as many as they like.
 */
import type { Server } from "node:http";
import type { Socket } from "node:net";
import { addressGroup, isLimited } from "@lastbeat/core";

export interface AddressCapOptions {
  /** Connections that one address may have now; 0 for no limit. */
  readonly most: () => number;
  readonly isTrusted: (address: string) => boolean;
  /** Called when a connection is closed because its address has too many. */
  readonly onRefused: (address: string) => void;
}

const countedFor = Symbol("counted for this cap and address");

/** A socket knows for what it counts, so that all share one listener. */
type Counted = Socket & { [countedFor]?: { readonly cap: AddressCap; readonly group: string } };

export class AddressCap {
  readonly #options: AddressCapOptions;
  readonly #open = new Map<string, number>();

  constructor(options: AddressCapOptions) {
    this.#options = options;
  }

  watch(server: Server): void {
    server.on("connection", (socket: Counted) => this.#opened(socket));
  }

  /** Addresses that have connections. */
  get size(): number {
    return this.#open.size;
  }

  closed(group: string): void {
    const left = (this.#open.get(group) ?? 0) - 1;
    if (left > 0) this.#open.set(group, left);
    else this.#open.delete(group);
  }

  #opened(socket: Counted): void {
    const { remoteAddress: address } = socket;
    // The event fires again for the same socket when a declined upgrade is answered as a plain request.
    if (address === undefined || socket[countedFor] !== undefined) return;
    const { most, isTrusted, onRefused } = this.#options;
    if (!isLimited(address) || isTrusted(address)) return;
    const group = addressGroup(address);
    const open = (this.#open.get(group) ?? 0) + 1;
    const limit = most();
    if (limit > 0 && open > limit) {
      onRefused(address);
      socket.resetAndDestroy();
      return;
    }
    this.#open.set(group, open);
    socket[countedFor] = { cap: this, group };
    socket.once("close", connectionClosed);
  }
}

function connectionClosed(this: Counted): void {
  const counted = this[countedFor];
  counted?.cap.closed(counted.group);
}
