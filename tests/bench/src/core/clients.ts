/** Simulated clients: each answers its heartbeat a little later, in batches, at the same cost for every contender. */
import type { Connection } from "@lastbeat/core";

/** One client's socket: as little as can be, so that what a contender adds can be told apart. */
export class BenchSocket {
  readonly bufferedBytes = 0;
  /** What the contenders keep with a socket, so that it lies in the same place for each. */
  connection: Connection | null = null;
  alive = true;
  readonly #clients: BenchClients;

  constructor(clients: BenchClients) {
    this.#clients = clients;
  }

  heartbeat(): void {
    this.#clients.sent(this);
  }
  ping(): void {}
  notify(): void {}
  close(): void {}
  terminate(): void {}
}

export class BenchClients {
  #waiting: BenchSocket[] = [];
  beats = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Begins to answer, every 20 ms. */
  start(): void {
    this.#timer = setInterval(() => this.#answer(), 20);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  sent(socket: BenchSocket): void {
    this.beats += 1;
    this.#waiting.push(socket);
  }

  #answer(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const socket of waiting) this.onAnswer(socket);
  }

  /** How an answer reaches the contender. */
  onAnswer: (socket: BenchSocket) => void = () => {};
}
