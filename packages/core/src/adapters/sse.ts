/**
 * Keeps the sessions of pages that listen to server-sent events and answer with POSTs, where WebSockets do not get through. A page's stock
 * `EventSource` comes back by itself and resumes: the welcome's event id, which it presents then, is its resume ticket.
 */

import { randomUUID } from "node:crypto";
import type { Connection, Session, SessionKeeper } from "../keeper/types.ts";
import type { SessionSocket } from "../ports/socket.ts";
import { NO_CLOSE_FRAME } from "../protocol/close.ts";
import type { WelcomeFrame } from "../protocol/dialect.ts";
import { formatResume, parseResume, queryField } from "../protocol/resumeText.ts";
import { type Frame, type FrameTaker, readFrame, type SentFrame, takeFrame } from "./frames.ts";
import { type KeepOptions, MAX_MESSAGE_BYTES, type MessageOptions } from "./keepOptions.ts";
import { Listeners, type NodeEmitter } from "./listeners.ts";
import { accept, Reception } from "./reception.ts";
import { readBody } from "./requestBody.ts";

export type { ResumeClaim } from "../protocol/resumeText.ts";
export type { Frame } from "./frames.ts";
export type { KeepOptions, MessageHandler, MessageOptions } from "./keepOptions.ts";
export type { NodeEmitter } from "./listeners.ts";

/** What is needed of a request; those of `node:http` have it. */
export interface NodeRequest extends NodeEmitter, AsyncIterable<unknown> {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly socket: NodeEmitter & { readonly remoteAddress?: string | undefined; readonly destroyed: boolean };
}

/** What is needed of a response; those of `node:http` have it. */
export interface NodeResponse extends NodeEmitter {
  readonly writableLength: number;
  readonly writableEnded: boolean;
  readonly destroyed: boolean;
  writeHead(status: number, headers?: Record<string, string>): unknown;
  flushHeaders(): void;
  write(text: string): unknown;
  end(text?: string): unknown;
  destroy(): unknown;
}

export interface EventStreams<Data = unknown> {
  /**
   * Answers a GET with an event stream and opens a session for it, or resumes one. Each event's data is a frame of JSON; `welcome` has
   * besides its usual fields `stream`, which says whose a POST is.
   * @returns the session; `null` when it was refused (the page has been told then), or when the page had left already.
   */
  open(request: NodeRequest, response: NodeResponse, options: KeepOptions<Data>): Promise<Session<Data> | null>;
  /**
   * Answers a POST to `…?stream=<stream>`, whose body is one frame: `{"type":"pong"}`, which answers a heartbeat, `{"type":"ping"}`, to
   * which a `pong` event comes, `{"type":"goodbye"}`, or a message of the application's own. Never rejects.
   */
  answer(request: NodeRequest, response: NodeResponse): Promise<void>;
}

/** Creates the two halves of the transport: requests for streams, and requests that answer on them. */
export function createEventStreams<Data>(
  keeper: SessionKeeper<Data>,
  options: MessageOptions<Frame, Data> = {},
): EventStreams<Data> {
  /** Whom a POST is for. */
  const streams = new Map<string, FrameTaker<Data>>();
  const maxBytes = options.maxMessageBytes ?? MAX_MESSAGE_BYTES;
  return {
    async open(request, response, who) {
      if (response.destroyed || response.writableEnded || request.socket.destroyed) return null;
      const key = randomUUID();
      const port = new EventPort(response, () => streams.delete(key));
      const listeners = new Listeners();
      let connection: Connection<Data> | null = null;
      const over = () => {
        streams.delete(key);
        connection?.closed(NO_CLOSE_FRAME, "");
      };
      listeners.on(response, "error", (error: Error) => connection?.failed(error));
      listeners.on(request.socket, "end", () => {
        over();
        port.peerEnded();
      });
      listeners.on(response, "close", () => {
        listeners.removeAll();
        over();
      });
      port.begin();
      const address = who.address ?? request.socket.remoteAddress;
      const client = who.client ?? textOf(request.headers["user-agent"]);
      connection = accept(keeper, port, { transport: "sse", address, client });
      if (connection === null) return null;
      const reception = new Reception(connection, options.onMessage);
      streams.set(key, { connection, reception, send: (frame) => port.send(frame) });
      const resume = who.resume ?? parseResume(request.headers["last-event-id"]);
      return reception.sayHello({ ...who, resume }, (frame) => port.welcome(frame, key));
    },
    async answer(request, response) {
      const status = request.method === "POST" ? await take(request, { streams, maxBytes }) : 405;
      response.writeHead(status);
      response.end();
    },
  };
}

/** Takes a POST. @returns the status to answer with. */
async function take<Data>(
  request: NodeRequest,
  { streams, maxBytes }: { readonly streams: ReadonlyMap<string, FrameTaker<Data>>; readonly maxBytes: number },
): Promise<number> {
  const stream = streams.get(queryField(request.url, "stream") ?? "");
  if (stream === undefined) return 404;
  const body = await readBody(request, maxBytes);
  if (body === "broken_off") return 400;
  if (body === "too_long") {
    stream.connection.violated(`a message of more than ${maxBytes} bytes`);
    return 413;
  }
  // Reported even after the end: a late sign of life is evidence.
  if (!stream.connection.received(body.bytes)) return 404;
  const frame = readFrame(body.text);
  if (frame === null) {
    stream.connection.violated("a POST that is no JSON object");
    return 400;
  }
  takeFrame(frame, stream);
  return 204;
}

const textOf = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === "string" ? header : header?.join(", ");

class EventPort implements SessionSocket {
  readonly #response: NodeResponse;
  readonly #dropped: () => void;
  #closing = false;

  constructor(response: NodeResponse, dropped: () => void) {
    this.#response = response;
    this.#dropped = dropped;
  }

  begin(): void {
    this.#response.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-store, no-transform",
      // nginx would keep the events back.
      "x-accel-buffering": "no",
    });
    this.#response.flushHeaders();
  }

  send(frame: SentFrame): void {
    this.#write(JSON.stringify(frame));
  }

  welcome(frame: WelcomeFrame, stream: string): void {
    const { sessionId, resumeToken: token } = frame;
    this.#write(JSON.stringify({ ...frame, stream }), `id: ${formatResume({ sessionId, token })}\n`);
  }

  heartbeat(): void {
    this.send({ type: "heartbeat" });
  }

  /** HTTP has none. */
  ping(): void {}

  keepOpen(): void {
    this.#response.write(":\n\n");
  }

  notify(notice: Parameters<SessionSocket["notify"]>[0]): void {
    // How long the page's EventSource waits before it comes back.
    const delay = notice.type === "ending" && notice.retry ? `retry: ${Math.max(1_000, notice.retryAfterMs)}\n` : "";
    this.#write(JSON.stringify(notice), delay);
  }

  close(code: number, reason: string): void {
    this.#closing = true;
    this.send({ type: "close", code, reason });
    this.#response.end();
  }

  terminate(): void {
    this.#dropped();
    this.#response.destroy();
  }

  /** The page is gone. What it is still being told by `close` goes out; anything else would keep the response for nobody. */
  peerEnded(): void {
    if (!this.#closing) this.#response.destroy();
  }

  get bufferedBytes(): number {
    return this.#response.writableLength;
  }

  /** JSON has no line breaks of its own, so that an event's data is one line. */
  #write(json: string, before = ""): void {
    this.#response.write(`${before}data: ${json}\n\n`);
  }
}
