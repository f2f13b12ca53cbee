/** What every dialect shares: core's port to a WebSocket, and the way from a frame to the keeper. */
import type { Connection, Notice, Peer, SessionKeeper, SessionSocket } from "@lastbeat/core";
import type { DrivenSocket, SocketDriver } from "./drivenSocket.ts";
import { Frame, type TextPart } from "./frame.ts";
import { Pongs } from "./pongs.ts";

/** Calls of one client that may be under way at the same time, where no other limit is given (rule SES4). */
export const MAX_IN_FLIGHT = 64;

/** How long a goodbye waits for the answers to what was asked before it, in milliseconds. */
const GOODBYE_WAIT_MS = 500;

export abstract class SocketLink implements SessionSocket, SocketDriver {
  /** What the keeper made of the socket; `null` when it refused it. */
  connection: Connection | null = null;
  readonly #ws: DrivenSocket;
  #inFlight = 0;
  #pongs: Pongs | null = null;
  /** Runs while a goodbye waits. */
  #leaving: NodeJS.Timeout | null = null;

  constructor(ws: DrivenSocket) {
    this.#ws = ws;
  }

  abstract readonly beatPayload: Uint8Array;
  abstract heartbeat(): void;
  abstract notify(notice: Notice): void;
  /** A frame that the keeper has counted. */
  protected abstract received(data: Buffer, isBinary: boolean): void;
  /** A frame that this server failed to take, by a fault of its own: it costs nobody more than that frame. */
  protected abstract failedToTake(error: unknown): void;
  /** Tells the client what it did wrong, if the dialect has words for it; the socket closes right after. */
  protected abstract explain(detail: string): void;

  /** Hands the socket to the keeper. When that refuses it, it has closed the socket. */
  attach(keeper: SessionKeeper, peer: Peer, sessionId?: string): void {
    this.connection = keeper.accept(this, peer, { sessionId });
  }

  get isOpen(): boolean {
    return this.#ws.readyState === this.#ws.OPEN;
  }

  // What core asks of a socket.

  get bufferedBytes(): number {
    return this.#ws.waitingBytes;
  }

  /** Nothing waits to be sent: what could as well come later may be sent now. */
  get isIdle(): boolean {
    return this.isOpen && this.bufferedBytes === 0;
  }

  ping(): void {
    if (this.isOpen) this.#ws.ping();
  }

  keepOpen(): void {
    if (this.isOpen) this.#ws.pingToKeepOpen();
  }

  close(code: number, reason: string): void {
    this.#ws.closeByServer(code, reason);
  }

  terminate(): void {
    this.#ws.terminate();
  }

  // What happens on the socket.

  frame(data: Buffer, isBinary: boolean): void {
    if (this.connection?.received(data.length) !== true) return;
    try {
      this.received(data, isBinary);
    } catch (error) {
      this.failedToTake(error);
    }
  }

  /** The keeper counts it as a sign of life, and that is all. */
  beat(): void {
    this.connection?.received(this.beatPayload.length);
  }

  pong(): void {
    this.connection?.ponged();
  }

  /** However many come at once: an answer that waits for a slow reader counts like all else that waits for it. */
  pinged(data: Buffer): void {
    this.#pongs ??= new Pongs(this.#ws);
    this.#pongs.answer(data);
    this.connection?.sent();
  }

  closing(code: number, reason: string): void {
    this.#stopLeaving();
    this.connection?.closed(code, reason);
  }

  failed(error: Error): void {
    this.connection?.failed(error);
  }

  violated(detail: string): void {
    this.explain(detail);
    this.connection?.violated(detail);
  }

  /** Sends a message, a text perhaps in pieces, and lets the keeper look at what is waiting for a slow reader. */
  protected sendPayload(payload: string | Uint8Array | readonly TextPart[]): void {
    this.sendFrame(new Frame(payload));
  }

  /** Likewise for one that may go to other sockets too. */
  protected sendFrame(frame: Frame): void {
    this.sendBare(frame);
    this.sentBare();
  }

  /** Lets the keeper look after frames that were sent bare. */
  protected sentBare(): void {
    this.connection?.sent();
  }

  /** Sends a frame that no client can ask for as often as it likes. */
  protected sendBare(frame: Frame): void {
    if (this.isOpen) this.#ws.sendFrame(frame);
  }

  /** Likewise, with nothing between this moment and the sending. */
  protected sendAtOnce(frame: Frame): void {
    if (this.isOpen) this.#ws.sendAtOnce(frame);
  }

  /** Whether one more call may start; each one that did must come to `endCall`. */
  protected beginCall(most = MAX_IN_FLIGHT): boolean {
    if (this.#inFlight >= most) return false;
    this.#inFlight += 1;
    return true;
  }

  protected endCall(): void {
    this.#inFlight -= 1;
    if (this.#leaving !== null && this.#inFlight === 0) this.#left();
  }

  /** The client says goodbye: once what it asked before is answered, and soon all the same. */
  leave(): void {
    if (this.#inFlight === 0) return this.#left();
    this.#leaving ??= setTimeout(() => this.#left(), GOODBYE_WAIT_MS);
  }

  #left(): void {
    this.#stopLeaving();
    this.connection?.goodbye();
  }

  #stopLeaving(): void {
    if (this.#leaving !== null) clearTimeout(this.#leaving);
    this.#leaving = null;
  }
}
