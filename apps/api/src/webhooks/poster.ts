/**
 * Posts over HTTP: keeps connections alive, follows no redirect, and bounds the time and the answer. An attempt is decided by the status
 * alone; the body of the answer is read only so that the connection can be used again.
 */
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { version } from "../version.ts";
import { AT_ONCE } from "./pace.ts";
import { type AttemptResult, resultOf } from "./retryPlan.ts";
import { signatureOf } from "./signature.ts";
import type { Webhook } from "./webhook.ts";

/** From looking up the address to the status of the answer. */
const ANSWER_MS = 10_000;
/** How much of an answer's body is read, and for how long, before its connection is given up. */
const BODY_BYTES = 16_384;
const BODY_MS = 1_000;
const IDLE_CONNECTION_MS = 30_000;

export interface Message {
  readonly messageId: string;
  readonly body: string;
}

export interface PosterOptions {
  readonly nowMs?: () => number;
  readonly answerMs?: number;
}

export class Poster {
  readonly #webhook: Webhook;
  readonly #nowMs: () => number;
  readonly #answerMs: number;
  readonly #url: URL;
  readonly #agent: HttpAgent;

  constructor(webhook: Webhook, { nowMs = Date.now, answerMs = ANSWER_MS }: PosterOptions = {}) {
    this.#webhook = webhook;
    this.#nowMs = nowMs;
    this.#answerMs = answerMs;
    this.#url = new URL(webhook.url);
    const options = { keepAlive: true, maxSockets: AT_ONCE, maxFreeSockets: AT_ONCE, timeout: IDLE_CONNECTION_MS };
    this.#agent = this.#url.protocol === "https:" ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /** Never rejects. */
  async post(message: Message): Promise<AttemptResult> {
    try {
      return await this.#attempt(message);
    } catch (thrown) {
      return { delivered: false, error: this.#causeOf(thrown), refusedForGood: false, retryAfterMs: null };
    }
  }

  /** Cuts off what is under way. */
  close(): void {
    this.#agent.destroy();
  }

  #attempt({ messageId, body }: Message): Promise<AttemptResult> {
    const { promise, resolve, reject } = Promise.withResolvers<AttemptResult>();
    const send = this.#url.protocol === "https:" ? httpsRequest : httpRequest;
    const headers = {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
      "User-Agent": `Lastbeat/${version}`,
      "Lastbeat-Webhook-Id": messageId,
      "Lastbeat-Signature": signatureOf(body, { secret: this.#webhook.secret, atMs: this.#nowMs() }),
    };
    const request = send(this.#url, { method: "POST", headers, agent: this.#agent });
    // By hand: `AbortSignal.timeout` would have to live as long as the connection.
    const timer = setTimeout(() => request.destroy(new Error(`no answer within ${this.#answerMs / 1_000} s`)), this.#answerMs);
    request.once("response", (response) => {
      clearTimeout(timer);
      resolve(resultOf(response.statusCode ?? 0, response.headers["retry-after"]));
      readAway(request, response);
    });
    request.on("error", reject);
    request.once("close", () => {
      clearTimeout(timer);
      reject(new Error("the connection was closed without an answer"));
    });
    request.end(body);
    return promise;
  }

  /** In words of Node's, which may contain the receiver's address, but neither the URL's path nor the secret. */
  #causeOf(thrown: unknown): string {
    const { message, code } = thrown as NodeJS.ErrnoException;
    const text = message === "" || message === undefined ? (code ?? String(thrown)) : message;
    return text.slice(0, 200);
  }
}

/** Reads a bounded part of an answer. Beyond that, or if it takes too long, the connection is closed. */
function readAway(request: ClientRequest, response: IncomingMessage): void {
  let bytes = 0;
  const timer = setTimeout(() => request.destroy(), BODY_MS);
  response.on("data", (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > BODY_BYTES) request.destroy();
  });
  response.on("error", () => {});
  response.once("close", () => clearTimeout(timer));
}
