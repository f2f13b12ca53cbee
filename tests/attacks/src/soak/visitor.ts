/** A client of either protocol that answers heartbeats while it is well. */
import { once } from "node:events";
import { WebSocket } from "ws";
import type { Dialect, Hello, Welcome } from "./dialect.ts";
import type { Place } from "./place.ts";

export class Visitor implements Disposable {
  readonly socket: WebSocket;
  readonly dialect: Dialect;
  readonly closed: Promise<unknown>;
  readonly #welcome = Promise.withResolvers<Welcome>();
  #isFrozen = false;

  private constructor(place: Place, dialect: Dialect) {
    this.dialect = dialect;
    this.socket = new WebSocket(dialect.url(place));
    this.socket.on("error", () => {});
    this.closed = once(this.socket, "close");
    this.socket.on("message", (data) => this.#take(String(data)));
  }

  static async open(place: Place, dialect: Dialect): Promise<Visitor> {
    const visitor = new Visitor(place, dialect);
    await once(visitor.socket, "open");
    return visitor;
  }

  /** Answers no heartbeat from now on. */
  freeze(): void {
    this.#isFrozen = true;
  }

  send(...frames: readonly object[]): void {
    for (const frame of frames) this.sendText(JSON.stringify(frame));
  }

  sendText(text: string): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(text);
  }

  /** @throws when the server closes the connection instead. */
  async hello(more: Partial<Hello> = {}): Promise<Welcome> {
    this.send(...this.dialect.hello({ name: "Soaked", room: "general", ...more }));
    const over = this.closed.then(() => {
      throw new Error("the server closed the connection before the welcome");
    });
    return Promise.race([this.#welcome.promise, over]);
  }

  #take(text: string): void {
    const answer = this.dialect.answerTo(text);
    if (answer === null) {
      const welcome = this.dialect.welcomeIn(text);
      if (welcome !== null) this.#welcome.resolve(welcome);
    } else if (!this.#isFrozen) {
      this.sendText(answer);
    }
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }
}
