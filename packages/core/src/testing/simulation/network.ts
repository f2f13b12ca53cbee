/** Messages in flight, to the server and to clients. Two queues, because a paused server receives nothing while clients go on. */
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

  /** When the next message arrives anywhere, on the monotonic clock; infinity when none is in flight. */
  get nextDueMs(): number {
    return this.#first?.first?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  /** Runs `deliver` at the server after `afterMs`. */
  toServer(afterMs: number, deliver: () => void): void {
    this.#toServer.add(this.#message(afterMs, deliver));
  }

  /** Runs `deliver` at a client after `afterMs`, even while the server is paused. */
  toClient(afterMs: number, deliver: () => void): void {
    this.#toClients.add(this.#message(afterMs, deliver));
  }

  /** Delivers everything that has arrived by now, including messages sent meanwhile that arrive at once. */
  deliver(): void {
    const nowMs = this.#clock.monotonicMs();
    for (let queue = this.#first; queue?.first !== undefined && queue.first.dueMs <= nowMs; queue = this.#first)
      queue.take().deliver();
  }

  /** Pauses the server for `ms`. Clients go on; messages to the server wait. */
  pauseServer(ms: number): void {
    const untilMs = this.#clock.monotonicMs() + ms;
    for (let next = this.#toClients.first; next !== undefined && next.dueMs <= untilMs; next = this.#toClients.first) {
      this.#clock.pause(Math.max(0, next.dueMs - this.#clock.monotonicMs()));
      this.#toClients.take().deliver();
    }
    this.#clock.pause(untilMs - this.#clock.monotonicMs());
  }

  /** Pauses everything for `ms`: server, clients and messages in flight. */
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
