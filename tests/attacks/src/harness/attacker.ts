/** One connection of an attacker: a bare TCP socket that does only what it is told, and keeps a little of what it is sent. */
import { connect, type Socket } from "node:net";
import { eventually } from "@lastbeat/support/eventually";
import { closeOf, type FrameOptions, frame, opcodes, readFrames, type ServerFrame } from "./frames.ts";

const HEAD_END = "\r\n\r\n";
/** Frames kept; of a flood of answers the last ones say enough. */
const KEPT_FRAMES = 1_000;

export class Attacker {
  readonly socket: Socket;
  /** The head of the answer to what was sent first, or what has come of it. */
  head = "";
  frames: ServerFrame[] = [];
  /** The server has closed its side, or the connection broke. */
  ended = false;
  #rest: Buffer = Buffer.alloc(0);
  #isUpgraded = false;
  #body = "";

  /** @param first what is sent at once. */
  constructor(port: number, first: string | Buffer) {
    this.socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    this.socket.on("error", () => this.#over());
    this.socket.on("end", () => this.#over());
    this.socket.on("close", () => this.#over());
    this.socket.on("data", (chunk: Buffer) => this.#take(chunk));
    this.write(first);
  }

  /** @returns whether the connection still takes more at once. */
  write(bytes: string | Buffer): boolean {
    return this.socket.writable && !this.ended && this.socket.write(bytes);
  }

  /** Sends a frame: text is text, bytes are binary, anything else is JSON. */
  send(content: unknown, options: FrameOptions = {}): boolean {
    if (Buffer.isBuffer(content)) return this.write(frame(content, { opcode: opcodes.binary, ...options }));
    return this.write(frame(typeof content === "string" ? content : JSON.stringify(content), options));
  }

  /** Stops to read, as a client that floods and does not care for answers. */
  stopReading(): void {
    this.socket.pause();
  }

  /** Writes these bytes over and over until the server ends it, stops to read, or the time is up. @returns how many bytes went out. */
  async flood(bytes: Buffer, forMs: number): Promise<number> {
    const untilMs = performance.now() + forMs;
    while (performance.now() < untilMs && !this.ended) {
      // Node goes on to keep what the kernel does not take.
      if (this.socket.writableLength === 0 && this.write(bytes)) await new Promise((resolve) => setImmediate(resolve));
      else await pause(Math.min(5, untilMs - performance.now()));
    }
    return this.socket.bytesWritten;
  }

  // What it is told.

  /** The status of the answer to its first request. */
  async status(): Promise<number> {
    return eventually(() => {
      const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(this.head) ?? [];
      if (status === undefined && !this.ended) throw new Error(`no answer: ${this.head}`);
      return Number(status ?? 0);
    });
  }

  /** What came after the head of an answer that is no upgrade. */
  get body(): string {
    return this.#body;
  }

  /** Its text frames as JSON; heartbeats, and what is no JSON, as text. */
  get messages(): unknown[] {
    return this.frames.filter(({ opcode }) => opcode === opcodes.text).map(({ payload }) => parsed(payload.toString()));
  }

  /** The first message of which `is` is true, waited for. */
  async message<T = Record<string, unknown>>(is: (message: Record<string, unknown>) => boolean): Promise<T> {
    return eventually(() => {
      const found = this.messages.find(
        (each) => typeof each === "object" && each !== null && is(each as Record<string, unknown>),
      );
      if (found === undefined) throw new Error(`no such message among ${JSON.stringify(this.messages).slice(0, 2_000)}`);
      return found as T;
    });
  }

  /** How the server ended it: its close frame, or 1006 when it cut the connection without one. */
  async close(): Promise<{ readonly code: number; readonly reason: string }> {
    this.socket.resume();
    return eventually(() => {
      const close = this.frames.find(({ opcode }) => opcode === opcodes.close);
      if (close !== undefined) return closeOf(close);
      if (!this.ended) throw new Error("the server has not ended it");
      return { code: 1006, reason: "" };
    });
  }

  leave(): void {
    this.socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (!this.#isUpgraded && !this.#readHead()) return;
    const { frames, rest } = readFrames(this.#rest);
    this.#rest = rest;
    this.frames.push(...frames);
    if (this.frames.length > KEPT_FRAMES) this.frames = this.frames.slice(-KEPT_FRAMES / 2);
  }

  #readHead(): boolean {
    if (this.head.includes(HEAD_END)) {
      this.#body += this.#rest.toString("latin1");
      this.#rest = Buffer.alloc(0);
      return false;
    }
    const end = this.#rest.indexOf(HEAD_END);
    const upTo = end < 0 ? this.#rest.length : end + HEAD_END.length;
    this.head += this.#rest.subarray(0, upTo).toString("latin1");
    this.#rest = this.#rest.subarray(upTo);
    this.#isUpgraded = end >= 0 && this.head.startsWith("HTTP/1.1 101");
    if (end < 0 || this.#isUpgraded || this.#rest.length === 0) return this.#isUpgraded;
    return this.#readHead();
  }

  #over(): void {
    this.ended = true;
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
