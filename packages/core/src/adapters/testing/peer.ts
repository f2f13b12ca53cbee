/** A client on the wire as the contract of the adapters sees it, whatever the transport. */
import type { EventEmitter } from "node:events";
import type { Session } from "../../keeper/types.ts";
import type { Frame } from "../frames.ts";

/** What a peer asks to be kept as. */
export interface PeerOptions {
  readonly user?: string;
  readonly room?: string;
  /** `<session id>.<token>` */
  readonly resume?: string;
  /** `client`: it sends heartbeats by a timer of its own. */
  readonly beats?: string;
}

export interface Peer {
  /** Whatever arrived, in order; heartbeats and answers to pings as `heartbeat` and `pong`. */
  readonly inbox: Inbox;
  /** What it does by itself. */
  readonly answers: { heartbeats: boolean; pings: boolean };
  /** Asks for a sign of life. */
  ping(): void;
  /** Sends a heartbeat of its own. */
  beat(): void;
  /** Sends a message of the application. */
  say(frame: Frame): void;
  goodbye(): void;
  /** Sends a close frame and leaves TCP open; absent where the transport has none. */
  closeFrame?(code?: number): void;
  /** Closes its half of the connection without a word. */
  halfClose(): void;
  stopReading(): void;
  sendGarbage(): void;
  sendTooMuch(bytes: number): void;
  /** The connection is closed. */
  readonly gone: Promise<void>;
  destroy(): void;
}

/** Resolves when a socket is closed, whatever its errors. */
export function closed(socket: EventEmitter): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

/** Creates what a peer does by itself: everything. */
export const dutiful = () => ({ heartbeats: true, pings: true });

/** Frames that arrived, and whoever waits for one. */
export class Inbox {
  readonly frames: Frame[] = [];
  readonly #waiting = new Map<unknown, ((frame: Frame) => void)[]>();

  add(frame: Frame): void {
    this.frames.push(frame);
    for (const resolve of this.#waiting.get(frame.type) ?? []) resolve(frame);
    this.#waiting.delete(frame.type);
  }

  /** The first frame of a type, which may still be on its way. */
  first(type: string): Promise<Frame> {
    const found = this.frames.find((frame) => frame.type === type);
    return found === undefined ? this.#later(type) : Promise.resolve(found);
  }

  #later(type: string): Promise<Frame> {
    const { promise, resolve } = Promise.withResolvers<Frame>();
    this.#waiting.set(type, [...(this.#waiting.get(type) ?? []), resolve]);
    return promise;
  }

  types(): unknown[] {
    return this.frames.map(({ type }) => type);
  }
}

/** A real server with an adapter. */
export interface TestServer extends AsyncDisposable {
  connect(options?: PeerOptions): Promise<Peer>;
  /** What the adapter answered, in the order in which clients came. */
  readonly sessions: Promise<Session | null>[];
  /** Sends a client, the latest by default, something of the application's own. */
  send(text: string): void;
  /** Closes the latest client as an application does that knows of no sessions. */
  closeLatest(): void;
  /** Hands the latest client's socket to the adapter once more. */
  keepLatest(): Promise<Session | null> | undefined;
  /** Listeners that the adapter has left on what it was given. */
  leftListeners(): number;
}
