/** A TCP connection that speaks HTTP as a test writes it, byte by byte. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { eventually } from "@lastbeat/support/eventually";

export class RawHttp implements Disposable {
  readonly socket: Socket;
  /** Resolves when the connection is closed, however. */
  readonly closed: Promise<void>;
  #got = "";

  constructor(port: number, host = "127.0.0.1") {
    this.socket = connect(port, host);
    this.socket.setEncoding("latin1");
    this.socket.on("data", (text: string) => {
      this.#got += text;
    });
    this.socket.on("error", () => {});
    this.closed = new Promise((resolve) => this.socket.once("close", () => resolve()));
  }

  static async connect(port: number): Promise<RawHttp> {
    const raw = new RawHttp(port);
    await once(raw.socket, "connect");
    return raw;
  }

  /** All that came so far. */
  get text(): string {
    return this.#got;
  }

  /** The status of each answer so far. Bodies must not look like answers. */
  get statuses(): number[] {
    return [...this.#got.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  }

  write(text: string): void {
    this.socket.write(text, "latin1");
  }

  /** Writes the head of a request, with `Host`. */
  ask(line: string, headers: readonly string[] = []): void {
    this.write(`${[`${line} HTTP/1.1`, "Host: localhost", ...headers].join("\r\n")}\r\n\r\n`);
  }

  /** Waits for this many answers. */
  async answers(count = 1): Promise<number[]> {
    await eventually(() => this.statuses.length >= count || Promise.reject(new Error(`answers: ${this.#got.slice(0, 500)}`)));
    return this.statuses;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
