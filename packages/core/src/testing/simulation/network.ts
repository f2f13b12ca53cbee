/** What is on its way to the server and to the clients. The two are apart because a server that stands still hears nothing. */
import type { VirtualClock } from "../virtualClock.ts";
import { arrivesBefore, type Message, MessageQueue } from "./messageQueue.ts";

export class Network {
  readonly #clock: VirtualClock;
  readonly #toServer = new MessageQueue();
  readonly #toClients = new MessageQueue();
  #order = 0;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  /** When the next message arrives anywhere, on the monotonic clock; infinity when none is on its way. */
  get nextDueMs(): number {
    return this.#first?.first?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  /** Happens at the server, after so many milliseconds. */
  toServer(afterMs: number, deliver: () => void): void {
    this.#toServer.add(this.#message(afterMs, deliver));
  }

  /** Happens at a client, after so many milliseconds, whether or not the server runs. */
  toClient(afterMs: number, deliver: () => void): void {
    this.#toClients.add(this.#message(afterMs, deliver));
  }

  /** Delivers what has arrived by now, including what is sent meanwhile and arrives at once. */
  deliver(): void {
    const nowMs = this.#clock.monotonicMs();
    for (let queue = this.#first; queue?.first !== undefined && queue.first.dueMs <= nowMs; queue = this.#first)
      queue.take().deliver();
  }

  /** The server stands still for `ms`; clients go on, and what they send waits for it. */
  pauseServer(ms: number): void {
    const untilMs = this.#clock.monotonicMs() + ms;
    for (let next = this.#toClients.first; next !== undefined && next.dueMs <= untilMs; next = this.#toClients.first) {
      this.#clock.pause(Math.max(0, next.dueMs - this.#clock.monotonicMs()));
      this.#toClients.take().deliver();
    }
    this.#clock.pause(untilMs - this.#clock.monotonicMs());
  }

  /** Everything stands still for `ms`: server, clients, and what is between them. */
  pauseAll(ms: number): void {
    this.#clock.pause(ms);
    this.#toServer.delayAll(ms);
    this.#toClients.delayAll(ms);
  }

  #message(afterMs: number, deliver: () => void): Message {
    this.#order += 1;
    return { dueMs: this.#clock.monotonicMs() + afterMs, order: this.#order, deliver };
  }

  /** The queue whose first message arrives before the other's. */
  get #first(): MessageQueue | undefined {
    const [server, client] = [this.#toServer.first, this.#toClients.first];
    if (server === undefined || client === undefined) return server === undefined ? this.#toClients : this.#toServer;
    return arrivesBefore(client, server) ? this.#toClients : this.#toServer;
  }
}
