/** A WebSocket client that does only what it is told, on a bare TCP socket. */
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";

export const opcodes = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A frame as a client sends it: masked. */
export function clientFrame(opcode: number, payload: Buffer | string): Buffer {
  const data = Buffer.from(payload);
  const head = Buffer.alloc(data.length < 126 ? 2 : data.length < 65_536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  if (head.length === 2) head[1] = 0x80 | data.length;
  if (head.length === 4) {
    head[1] = 0x80 | 126;
    head.writeUInt16BE(data.length, 2);
  }
  if (head.length === 10) {
    head[1] = 0x80 | 127;
    head.writeBigUInt64BE(BigInt(data.length), 2);
  }
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head, Buffer.alloc(4), data]);
}

export type OnFrame = (opcode: number, payload: Buffer) => void;

export class RawWebSocket {
  readonly socket: Socket;
  readonly #onFrame: OnFrame;
  /** What has come since the upgrade and is not read yet; before that, the head of the answer. */
  #received: Buffer = Buffer.alloc(0);
  #upgraded = false;

  /** Connects and asks for an upgrade. What is sent before the answer has come goes out behind the request. */
  constructor(port: number, target: string, onFrame: OnFrame) {
    this.#onFrame = onFrame;
    this.socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    this.socket.on("error", () => {});
    this.socket.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      if (this.#upgraded || this.#readHead()) this.#read();
    });
    const key = randomBytes(16).toString("base64");
    this.socket.write(
      `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
  }

  #readHead(): boolean {
    const end = this.#received.indexOf("\r\n\r\n");
    if (end < 0) return false;
    this.#upgraded = this.#received.toString("latin1").startsWith("HTTP/1.1 101");
    this.#received = this.#received.subarray(end + 4);
    return this.#upgraded;
  }

  send(opcode: number, payload: Buffer | string): void {
    if (this.socket.writable) this.socket.write(clientFrame(opcode, payload));
  }

  #read(): void {
    for (;;) {
      const received = this.#received;
      if (received.length < 2) return;
      const short = (received[1] ?? 0) & 0x7f;
      const head = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (received.length < head) return;
      const length = short === 126 ? received.readUInt16BE(2) : short === 127 ? Number(received.readBigUInt64BE(2)) : short;
      if (received.length < head + length) return;
      this.#received = received.subarray(head + length);
      this.#onFrame((received[0] ?? 0) & 0x0f, received.subarray(head, head + length));
    }
  }
}
