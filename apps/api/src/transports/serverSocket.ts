/** A `ws` socket that forwards its events to a single driver, without a listener per event. */
import type { Duplex } from "node:stream";
import type { DrivenSocket, SocketDriver } from "@lastbeat/trpc/link";
import { WebSocket } from "ws";

/** Payload of keepalive pings, which keep proxies from cutting a silent connection. */
const KEEP_OPEN = Buffer.from("keep open");

const NO_CLOSE_FRAME = 1006;
const EMPTY_CLOSE_FRAME = 1005;
/** The parser's close code for a message with too many fragments. */
const TOO_MANY_FRAGMENTS = 1008;

const owner = Symbol("server socket");
type OwnedStream = Duplex & { [owner]?: ServerSocket };

export class ServerSocket extends WebSocket implements DrivenSocket {
  driver: SocketDriver | null = null;
  #closedByServer = false;

  /** Attaches the driver. `stream` is the stream the socket was upgraded from. */
  drive(driver: SocketDriver, stream: OwnedStream): void {
    this.driver = driver;
    stream[owner] = this;
    // `ws` emits "close" only once TCP is closed in both directions. The peer's side has closed already.
    stream.once("end", streamEnded);
  }

  /** Sends a keepalive ping. Its pong, which has the same payload, is not reported. */
  pingToKeepOpen(): void {
    this.ping(KEEP_OPEN);
  }

  closeByServer(code: number, reason: string): void {
    this.#closedByServer = true;
    super.close(code, reason);
  }

  /** `ws` calls this at once when a close frame or a forbidden frame arrives, long before its "close" event (rule SOC2). */
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason);
    // A code from the peer comes with a reason. One from our own parser comes alone and is followed by an error with the message.
    if (code === TOO_MANY_FRAGMENTS && reason === undefined) return;
    if (!this.#closedByServer) this.driver?.closing(code ?? EMPTY_CLOSE_FRAME, reason?.toString() ?? "");
  }

  override emit(event: string | symbol, ...values: unknown[]): boolean {
    const { driver } = this;
    if (driver === null) return event === "error" || super.emit(event, ...values);
    switch (event) {
      case "message":
        driver.frame(values[0] as Buffer, values[1] as boolean);
        return true;
      case "ping":
        driver.pinged(values[0] as Buffer);
        return true;
      case "pong":
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
  this[owner]?.driver?.closing(NO_CLOSE_FRAME, "");
}
