/** Keeps the sessions of clients that talk lines of JSON over TCP: devices, agents, other servers. */

import type { Connection, Session, SessionKeeper } from "../keeper/types.ts";
import type { SessionSocket } from "../ports/socket.ts";
import { causeOf } from "../ports/thrown.ts";
import { NO_CLOSE_FRAME } from "../protocol/close.ts";
import { beatsOf, claimOf, type Frame, type FrameTaker, readFrame, type SentFrame, takeFrame } from "./frames.ts";
import { type KeepOptions, MAX_MESSAGE_BYTES, type MessageOptions } from "./keepOptions.ts";
import { Lines } from "./lines.ts";
import { Listeners, type NodeEmitter } from "./listeners.ts";
import { accept, Reception } from "./reception.ts";

export type { ResumeClaim } from "../protocol/resumeText.ts";
export type { Frame } from "./frames.ts";
export type { KeepOptions, MessageHandler, MessageOptions } from "./keepOptions.ts";
export type { NodeEmitter } from "./listeners.ts";

/** What is needed of a socket; those of `node:net` and `node:tls` have it. */
export interface NodeTcpSocket extends NodeEmitter {
  readonly remoteAddress?: string | undefined;
  readonly writableLength: number;
  readonly destroyed: boolean;
  /** Its "close" has been emitted. */
  readonly closed: boolean;
  write(text: string): unknown;
  end(): unknown;
  resume(): unknown;
  destroy(): unknown;
}

/** Who a client is. */
export type Identity<Data = unknown> = KeepOptions<Data>;

export interface TcpOptions<Data = unknown> extends MessageOptions<Frame, Data> {
  /**
   * Says who a client is by its first line, `{"type":"hello",…}`, in which nothing can be relied on; `null` turns it away. The `resume` of
   * the hello is taken up unless the answer has one, and so is its `beats`.
   */
  readonly identify: (hello: Frame) => Identity<Data> | null | Promise<Identity<Data> | null>;
}

/**
 * Opens a session for an accepted socket when it has said hello, or resumes one. Each frame is a line of JSON. The client answers
 * `{"type":"heartbeat"}` with any frame, such as `{"type":"pong"}`, and leaves with `{"type":"goodbye"}`; its own `{"type":"ping"}` is
 * answered. With `"beats":"client"` in its hello it sends one of them unasked in each interval. The last line it is sent is `{"type":"close","code":…,"reason":…}`.
 * @returns the session, or `null` when it was refused or left before its hello.
 */
export async function keepTcpSocket<Data>(
  keeper: SessionKeeper<Data>,
  socket: NodeTcpSocket,
  options: TcpOptions<Data>,
): Promise<Session<Data> | null> {
  const { promise: said, resolve: say } = Promise.withResolvers<Frame | null>();
  const listeners = new Listeners();
  const port = new TcpPort(socket);
  let connection: Connection<Data> | null = null;
  // Before anything may fail: an error that nobody hears would end the process.
  listeners.on(socket, "error", (error: Error) => connection?.failed(error));
  listeners.on(socket, "end", () => {
    connection?.closed(NO_CLOSE_FRAME, "");
    port.peerEnded();
  });
  listeners.on(socket, "close", () => {
    listeners.removeAll();
    connection?.closed(NO_CLOSE_FRAME, "");
    say(null);
  });
  if (socket.destroyed) {
    // Its "close" is still to come, or was told to nobody here.
    if (socket.closed) listeners.removeAll();
    return null;
  }
  connection = accept(keeper, port, { transport: "tcp", address: socket.remoteAddress });
  if (connection === null) {
    // What the client has sent would keep the socket if nobody read it.
    socket.resume();
    return null;
  }
  const reception = new Reception(connection, options.onMessage);
  const taker = { connection, reception, send: (frame: SentFrame) => port.send(frame) };
  const maxBytes = options.maxMessageBytes ?? MAX_MESSAGE_BYTES;
  const helloMaxBytes = Math.min(maxBytes, keeper.settings.helloMaxBytes);
  readLines(socket, { ...taker, listeners, say, maxBytes, helloMaxBytes });
  const hello = await said;
  if (hello === null) return null;
  const identity = await identify(connection, hello, options);
  if (identity === null) return null;
  const { resume = claimOf(hello), beats = beatsOf(hello) } = identity;
  return reception.sayHello({ ...identity, resume, beats }, taker.send);
}

async function identify<Data>(
  connection: Pick<Connection, "forbidden" | "failed" | "identifying">,
  hello: Frame,
  options: TcpOptions<Data>,
): Promise<Identity<Data> | null> {
  try {
    const identified = options.identify(hello);
    if (identified instanceof Promise) connection.identifying();
    const identity = await identified;
    if (identity === null) connection.forbidden("the hello names nobody who is let in");
    return identity;
  } catch (thrown) {
    connection.failed(new Error(`who it is could not be found: ${causeOf(thrown)}`));
    return null;
  }
}

interface Reader<Data> extends FrameTaker<Data> {
  readonly listeners: Listeners;
  /** Told of the first frame. */
  readonly say: (hello: Frame) => void;
  readonly maxBytes: number;
  /** The limit of the first line. */
  readonly helloMaxBytes: number;
}

function readLines<Data>(socket: NodeTcpSocket, reader: Reader<Data>): void {
  const { connection, listeners, say, maxBytes, helloMaxBytes } = reader;
  // An incomplete line counts too: the keeper hears only of complete ones (rule SES4).
  const lines = new Lines(helloMaxBytes);
  let greeted = false;
  const take = (line: string, bytes: number): boolean => {
    if (!connection.received(bytes)) return false;
    const frame = readFrame(line);
    if (frame === null || (!greeted && frame.type !== "hello")) {
      connection.violated(frame === null ? "a line that is no JSON object" : "a first line that is no hello");
      return false;
    }
    if (greeted) takeFrame(frame, reader);
    else say(frame);
    greeted = true;
    lines.maxBytes = maxBytes;
    return true;
  };
  listeners.on(socket, "data", (chunk: Uint8Array) => {
    if (!lines.read(chunk, take)) connection.violated(`a line of more than ${lines.maxBytes} bytes`);
  });
}

class TcpPort implements SessionSocket {
  readonly #socket: NodeTcpSocket;
  #closing = false;

  constructor(socket: NodeTcpSocket) {
    this.#socket = socket;
  }

  send(frame: SentFrame): void {
    this.#socket.write(`${JSON.stringify(frame)}\n`);
  }

  heartbeat(): void {
    this.send({ type: "heartbeat" });
  }

  /** TCP has none that an application sees. */
  ping(): void {}

  notify(notice: Parameters<SessionSocket["notify"]>[0]): void {
    this.send(notice);
  }

  close(code: number, reason: string): void {
    this.#closing = true;
    this.send({ type: "close", code, reason });
    this.#socket.end();
  }

  terminate(): void {
    this.#socket.destroy();
  }

  /** The peer sends no more. What it is still being told by `close` goes out; anything else would keep the socket for nobody. */
  peerEnded(): void {
    if (!this.#closing) this.#socket.destroy();
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }
}
