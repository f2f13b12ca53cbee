/** Simulated clients. They answer heartbeats slightly later, in batches, at the same cost for every contender. */
import type { Connection } from "@lastbeat/core";

/** One client's socket: minimal, so that a contender's own cost stands out. */
export class BenchSocket {
  readonly bufferedBytes = 0;
  /** The contenders' data about a socket; kept here, so that every contender accesses it in the same way. */
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

  /** Starts answering, every 20 ms. */
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

  /** Delivers an answer to the contender. */
  onAnswer: (socket: BenchSocket) => void = () => {};
}
