/** A WebSocket as a link uses it, and what it tells the one object that drives it. */
import type { Frame } from "./frame.ts";

export interface DrivenSocket {
  readonly OPEN: number;
  readonly readyState: number;
  /** Bytes that wait because the operating system did not take them. */
  readonly waitingBytes: number;
  /** May hold the frame back until this turn of the event loop ends, so that all frames of a turn are written together. */
  sendFrame(frame: Frame): void;
  /** Holds nothing back, for a frame whose sending is timed. Frames still arrive in the order in which they were sent. */
  sendAtOnce(frame: Frame): void;
  ping(): void;
  /** A ping whose pong is not reported. */
  pingToKeepOpen(): void;
  pong(data: Buffer, mask: boolean, sent: () => void): void;
  /** Closes without telling the driver. */
  closeByServer(code: number, reason: string): void;
  terminate(): void;
}

export interface SocketDriver {
  frame(data: Buffer, isBinary: boolean): void;
  /** What a heartbeat of the client says, and a frame that says just that, if the socket tells it from others by itself. */
  readonly beatPayload: Uint8Array;
  beat(): void;
  pong(): void;
  /** A protocol-level ping, which is the driver's to answer. */
  pinged(data: Buffer): void;
  /** The socket closed or began to close. Called more than once; the first call knows best. */
  closing(code: number, reason: string): void;
  failed(error: Error): void;
}
