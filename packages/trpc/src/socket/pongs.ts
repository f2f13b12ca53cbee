/** Answers a peer's pings. Nothing else bounds these before a hello, and an empty one costs the memory of an answer and no bytes that count. */
import type { DrivenSocket } from "./drivenSocket.ts";

/** More than any pause of the server lets pile up at a client that pings as often as a person can notice. */
export const MAX_UNSENT_PONGS = 1_024;

type PongSender = Pick<DrivenSocket, "OPEN" | "readyState" | "pong">;

export class Pongs {
  readonly #ws: PongSender;
  #unsent = 0;
  /** The newest ping that must wait for its answer; those between go without one, as RFC 6455, section 5.5.3, allows. */
  #newest: Buffer | null = null;

  constructor(ws: PongSender) {
    this.#ws = ws;
  }

  answer(data: Buffer): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    if (this.#unsent >= MAX_UNSENT_PONGS) {
      this.#newest = data;
      return;
    }
    this.#unsent += 1;
    this.#ws.pong(data, false, this.#sent);
  }

  readonly #sent = (): void => {
    this.#unsent -= 1;
    const newest = this.#newest;
    if (newest === null) return;
    this.#newest = null;
    this.answer(newest);
  };
}
