/** Listens to what the server says on one connection, and says what it must never say. */
import { closeOf, opcodes, readFrames } from "../harness/frames.ts";
import type { Known, WelcomeKnown } from "./known.ts";

const HEAD_END = "\r\n\r\n";
/** Of an answer to plain HTTP. */
const KEPT_BYTES = 200_000;
/** The server's code for a fault of its own (RFC 6455, section 7.4.1). */
const INTERNAL_ERROR = 1011;
const sentOpcodes = new Set<number>([opcodes.text, opcodes.close, opcodes.ping, opcodes.pong]);

interface Message {
  readonly type?: unknown;
  readonly code?: unknown;
  readonly error?: { readonly data?: { readonly code?: unknown } };
  readonly result?: { readonly data?: Partial<WelcomeKnown> };
}

export class Hearing {
  /** The first thing that the server must not have said. */
  fault: string | null = null;
  isUpgraded = false;
  readonly #known: Known;
  #head = "";
  #rest: Buffer = Buffer.alloc(0);

  constructor(known: Known) {
    this.#known = known;
  }

  take(chunk: Buffer): void {
    if (!this.isUpgraded) return this.#takeHttp(chunk);
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const { frames, rest } = readFrames(bytes);
    let at = 0;
    for (const { opcode, payload } of frames) {
      // Neither reserved bits nor a mask; RFC 6455, section 5.1.
      if (((bytes[at] ?? 0) & 0xf0) !== 0x80 || !sentOpcodes.has(opcode)) this.#blame(`a frame that begins with ${bytes[at]}`);
      at += payload.length + (payload.length < 126 ? 2 : payload.length < 65_536 ? 4 : 10);
      if (opcode === opcodes.text) this.#takeText(payload.toString());
      if (opcode === opcodes.close && closeOf({ opcode, payload }).code === INTERNAL_ERROR) this.#blame("close code 1011");
    }
    this.#rest = rest;
  }

  #takeHttp(chunk: Buffer): void {
    if (this.#head.length > KEPT_BYTES) return;
    this.#head += chunk.toString("latin1");
    const end = this.#head.indexOf(HEAD_END);
    if (end >= 0 && this.#head.startsWith("HTTP/1.1 101")) {
      this.isUpgraded = true;
      const rest = this.#head.slice(end + HEAD_END.length);
      if (/^sec-websocket-extensions:/im.test(this.#head.slice(0, end))) this.#blame("an extension was agreed on");
      if (rest !== "") this.take(Buffer.from(rest, "latin1"));
    } else if (/HTTP\/1\.1 500 |\n\s+at .*\.(?:ts|js):\d+/.test(this.#head)) {
      this.#blame(this.#head.slice(0, 2_000));
    }
  }

  #takeText(text: string): void {
    if (text === "PING" || text === "PONG") return;
    try {
      const messages = JSON.parse(text) as Message | readonly Message[];
      for (const message of Array.isArray(messages) ? (messages as readonly Message[]) : [messages as Message])
        this.#takeMessage(message);
    } catch {
      this.#blame(`a text that is no JSON: ${text.slice(0, 300)}`);
    }
  }

  #takeMessage(message: Message): void {
    const isInternal =
      (message.type === "error" && message.code === "internal") || message.error?.data?.code === "INTERNAL_SERVER_ERROR";
    if (isInternal) this.#blame(JSON.stringify(message).slice(0, 500));
    const welcome = (message.type === "welcome" ? message : message.result?.data) as Partial<WelcomeKnown> | undefined;
    if (typeof welcome?.resumeToken === "string" && typeof welcome.sessionId === "string")
      this.#known.heard(welcome as WelcomeKnown);
  }

  #blame(fault: string): void {
    this.fault ??= fault;
  }
}
