/**
 * A `ws` socket that forwards its events to a single driver, without a listener per event, and that writes its messages to the stream
 * itself: all of a turn of the event loop together, each framed once for all sockets that get it (rule SOC6).
 */
import type { Duplex } from "node:stream";
import { readFairly } from "@lastbeat/core/ws";
import type { DrivenSocket, Frame, SocketDriver } from "@lastbeat/trpc/link";
import { WebSocket } from "ws";
import { BeatReader } from "./beatReader.ts";
import { HeldFrames } from "./heldFrames.ts";
import { atTurnEnd } from "./turnEnd.ts";

/** Payload of keepalive pings, which keep proxies from cutting a silent connection. */
const KEEP_OPEN = Buffer.from("keep open");

const NO_CLOSE_FRAME = 1006;
const EMPTY_CLOSE_FRAME = 1005;
/** The parser's close code for a message with too many fragments. */
const TOO_MANY_FRAGMENTS = 1008;
/** Held bytes that are written without waiting for the end of the turn, so that what a socket holds stays small. */
const HOLD_MAX_BYTES = 16_384;

const owner = Symbol("server socket");
type OwnedStream = Duplex & { [owner]?: ServerSocket };

export class ServerSocket extends WebSocket implements DrivenSocket {
  driver: SocketDriver | null = null;
  #closedByServer = false;
  /** Takes frames directly; `null` where `ws` must frame them because it has agreed on an extension with the client. */
  #stream: Duplex | null = null;
  #held: HeldFrames | null = null;
  /** The peer's side of the stream has ended, which the driver will hear at the end of the turn. */
  #peerEnded = false;

  /** Attaches the driver. `stream` is the stream the socket was upgraded from. */
  drive(driver: SocketDriver, stream: OwnedStream): void {
    this.driver = driver;
    // Without extensions `ws` holds nothing back: what it has sent is in the stream, and what it sends next comes after it.
    if (this.extensions === "") this.#stream = stream;
    stream[owner] = this;
    BeatReader.start(stream, driver);
    // `ws` emits "close" only once TCP is closed in both directions. The peer's side has closed already.
    stream.on("end", streamEnded);
  }

  // Sending.

  /** What is held back was not refused, so it waits only behind bytes that were. */
  get waitingBytes(): number {
    const refused = this.bufferedAmount;
    return refused === 0 || this.#held === null ? refused : refused + this.#held.length;
  }

  sendFrame(frame: Frame): void {
    if (this.#stream === null) return this.send(frame.payload);
    const isFirst = this.#held === null;
    this.#held = HeldFrames.append(this.#held, frame);
    if (this.#held.length >= HOLD_MAX_BYTES) this.flush();
    else if (isFirst) atTurnEnd(this);
  }

  sendAtOnce(frame: Frame): void {
    if (this.#stream === null) return this.send(frame.payload);
    this.flush();
    this.#stream.write(frame.bytes);
  }

  /** What waited for the end of the turn. */
  turnEnded(): void {
    this.flush();
    if (!this.#peerEnded) return;
    this.#peerEnded = false;
    this.driver?.closing(NO_CLOSE_FRAME, "");
  }

  /** Writes what is held back. */
  flush(): void {
    const held = this.#held;
    if (held === null) return;
    this.#held = null;
    // The stream takes no more once the peer has closed its side.
    if (this.readyState === this.OPEN && this.#stream !== null) held.writeTo(this.#stream);
  }

  override ping(data?: unknown, mask?: boolean, sent?: (error: Error) => void): void {
    this.flush();
    super.ping(data, mask, sent);
  }

  override pong(data?: unknown, mask?: boolean, sent?: (error: Error) => void): void {
    this.flush();
    super.pong(data, mask, sent);
  }

  /** Sends a keepalive ping. Its pong, which has the same payload, is not reported. */
  pingToKeepOpen(): void {
    this.ping(KEEP_OPEN);
  }

  // Closing.

  closeByServer(code: number, reason: string): void {
    this.#closedByServer = true;
    this.#closeAfterHeld(code, reason);
  }

  /** `ws` calls this at once when a close frame or a forbidden frame arrives, long before its "close" event (rule SOC2). */
  override close(code?: number, reason?: string | Buffer): void {
    this.#closeAfterHeld(code, reason);
    // A code from the peer comes with a reason. One from our own parser comes alone and is followed by an error with the message.
    if (code === TOO_MANY_FRAGMENTS && reason === undefined) return;
    if (!this.#closedByServer) this.driver?.closing(code ?? EMPTY_CLOSE_FRAME, reason?.toString() ?? "");
  }

  override terminate(): void {
    this.flush();
    super.terminate();
  }

  /** The close frame is written together with what comes before it. */
  #closeAfterHeld(code: number | undefined, reason: string | Buffer | undefined): void {
    if (this.#held === null) return super.close(code, reason);
    const { bytes } = this.#held;
    this.#held = null;
    this.#stream?.cork();
    if (this.readyState === this.OPEN) this.#stream?.write(bytes);
    super.close(code, reason);
    this.#stream?.uncork();
  }

  /** Thousands may go in one moment: reading from the others comes first. */
  peerEnded(): void {
    this.#peerEnded = true;
    atTurnEnd(this);
  }

  override emit(event: string | symbol, ...values: unknown[]): boolean {
    const { driver } = this;
    if (driver === null) return event === "error" || super.emit(event, ...values);
    switch (event) {
      case "message":
        readFairly(this);
        driver.frame(values[0] as Buffer, values[1] as boolean);
        return true;
      case "ping":
        readFairly(this);
        driver.pinged(values[0] as Buffer);
        return true;
      case "pong":
        readFairly(this);
        if (!KEEP_OPEN.equals(values[0] as Buffer)) driver.pong();
        return true;
      case "error":
        driver.failed(values[0] as Error);
        return true;
      case "close":
        this.driver = null;
        driver.closing(values[0] as number, String(values[1]));
        return true;
      default:
        return super.emit(event, ...values);
    }
  }
}

function streamEnded(this: OwnedStream): void {
  this[owner]?.peerEnded();
}
