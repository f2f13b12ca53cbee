/** What one connection of the fuzzer does, from the first byte to how it leaves. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createSeededRandom } from "@lastbeat/core/testing";
import fc from "fast-check";
import { frame, opcodes } from "../harness/frames.ts";
import { Hearing } from "./hearing.ts";
import { fuzzRequest } from "./httpRequest.ts";
import type { Known } from "./known.ts";
import { jsonHello, type Protocol, trpcHello } from "./messages.ts";
import { headBytes, type UpgradeHead, upgradeHead } from "./upgrades.ts";
import { bytesOf, messageStep, type Step, step, steps } from "./wire.ts";

type Leaving = "close" | "end" | "reset" | "vanish" | "stay";

interface WebSocketTalk {
  readonly head: UpgradeHead;
  /** Whether the rest is sent without waiting for the answer to the request. */
  readonly isEager: boolean;
  readonly hello: Step | null;
  readonly steps: readonly Step[];
  readonly leaving: Leaving;
}

/** Plain HTTP requests on one connection, by their seeds. */
interface HttpTalk {
  readonly requests: readonly number[];
  readonly leaving: Leaving;
}

export type Conversation = WebSocketTalk | HttpTalk;

/** How long an answer is waited for, and the server's end of a connection that is left in an orderly way. */
const ANSWER_MS = 15;
const HEAD_MS = 2_000;
const HTTP_MS = 150;
const FAREWELL_MS = 100;

const leaving = fc.constantFrom<Leaving>("close", "close", "end", "end", "reset", "vanish", "vanish", "stay");

const webSocketTalk = (protocol: Protocol): fc.Arbitrary<WebSocketTalk> =>
  fc.record({
    head: upgradeHead(protocol),
    isEager: fc.boolean(),
    hello: fc.option(step(messageStep(protocol === "json" ? jsonHello : trpcHello)), { freq: 8 }),
    steps: steps(protocol),
    leaving,
  });

export const conversation: fc.Arbitrary<Conversation> = fc.oneof(
  { weight: 4, arbitrary: webSocketTalk("json") },
  { weight: 4, arbitrary: webSocketTalk("trpc") },
  { weight: 2, arbitrary: fc.record({ requests: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), leaving }) },
);

export class Talk implements Disposable {
  readonly hearing: Hearing;
  sentFrames = 0;
  readonly #known: Known;
  readonly #socket: Socket;
  #isOver = false;

  constructor(port: number, known: Known) {
    this.hearing = new Hearing(known);
    this.#known = known;
    this.#socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    this.#socket.on("data", (chunk: Buffer) => this.hearing.take(chunk));
    this.#socket.on("error", () => {});
    for (const event of ["end", "close"]) this.#socket.on(event, () => this.#over());
  }

  /** @returns whether the connection stays open. */
  async hold(conversation: Conversation): Promise<boolean> {
    if ("requests" in conversation) await this.#http(conversation.requests);
    else await this.#webSocket(conversation);
    return this.#leave(conversation.leaving);
  }

  async #http(seeds: readonly number[]): Promise<void> {
    this.#write(Buffer.concat(seeds.map((seed) => fuzzRequest(createSeededRandom(seed), this.#known.cookie))));
    await this.#heard(HTTP_MS);
  }

  async #webSocket({ head, isEager, hello, steps }: WebSocketTalk): Promise<void> {
    this.#write(headBytes(head, this.#known));
    if (!isEager) await this.#heard(HEAD_MS);
    for (const each of hello === null ? steps : [hello, ...steps]) {
      if (this.#isOver) return;
      this.#write(bytesOf(each, this.#known));
      this.sentFrames += 1;
      if (each.waits) await this.#heard(ANSWER_MS);
      else await nextTurn();
    }
  }

  async #leave(leaving: Leaving): Promise<boolean> {
    if (this.#isOver) this.#socket.destroy();
    else if (leaving === "reset") this.#socket.resetAndDestroy();
    else if (leaving === "vanish") this.#socket.destroy();
    else if (leaving !== "stay") await this.#sayFarewell(leaving);
    return !this.#socket.destroyed;
  }

  async #sayFarewell(leaving: "close" | "end"): Promise<void> {
    if (leaving === "close") this.#write(frame(Buffer.from([0x03, 0xe8]), { opcode: opcodes.close }));
    this.#socket.end();
    await this.#heard(FAREWELL_MS);
    this.#socket.destroy();
  }

  #write(bytes: Buffer): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  /** Waits until the server says anything, or hangs up. */
  async #heard(withinMs: number): Promise<void> {
    if (this.#isOver) return;
    const waiting = new AbortController();
    const timer = setTimeout(() => waiting.abort(), withinMs);
    const options = { signal: waiting.signal };
    await Promise.race(["data", "end", "close"].map((event) => once(this.#socket, event, options))).catch(() => {});
    clearTimeout(timer);
    waiting.abort();
  }

  #over(): void {
    this.#isOver = true;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
