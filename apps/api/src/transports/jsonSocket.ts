/** The JSON protocol: one object per text frame, for clients without tRPC. Described in docs/PROTOCOL.md. */
import type { Notice, Session } from "@lastbeat/core";
import { type EncodedEvent, Frame, jsonOf, SocketLink } from "@lastbeat/trpc/link";
import { errorTable, type FrameErrorCode, toClientError } from "../contract/errors.ts";
import { openSession, renewUser } from "../openSession.ts";
import type { Services } from "../services.ts";
import { type Answered, type JsonFrame, parseJsonFrame } from "./jsonFrames.ts";
import { encodePush, type PushLink } from "./pushSocket.ts";
import type { ServerSocket } from "./serverSocket.ts";

const HEARTBEAT = new Frame('{"type":"heartbeat"}');
const PONG_TEXT = '{"type":"pong"}';
const PONG = new Frame(PONG_TEXT);
const PONG_BYTES = Buffer.from(PONG_TEXT);

/** Frames caused by the user rather than by client code (rule TO1). A join counts if it changes the room. */
const USER_FRAMES: ReadonlySet<string> = new Set(["still_here", "chat.typing", "chat.send"]);

export class JsonLink extends SocketLink implements PushLink {
  readonly #services: Services;
  /** Settles when the hello in progress is answered. Frames after it wait for that. */
  #opening: Promise<void> | null = null;

  constructor(ws: ServerSocket, services: Services) {
    super(ws);
    this.#services = services;
  }

  get beatPayload(): Uint8Array {
    return PONG_BYTES;
  }

  heartbeat(): void {
    this.sendAtOnce(HEARTBEAT);
  }

  notify(notice: Notice): void {
    this.push(encodePush(notice));
  }

  push({ frame }: EncodedEvent): void {
    this.sendFrame(frame);
  }

  pushAll(events: readonly EncodedEvent[]): void {
    for (const { frame } of events) this.sendBare(frame);
    this.sentBare();
  }

  protected received(data: Buffer, isBinary: boolean) {
    if (isBinary) return this.violated("binary frames are not part of this protocol");
    // The most frequent frame by far, as most clients write it. The keeper has counted it as a sign of life.
    if (PONG_BYTES.equals(data)) return;
    const parsed = parseJsonFrame(data.toString());
    if (parsed.ok) return this.#take(parsed.frame);
    if (errorTable[parsed.code].frame.fatal) return this.violated(parsed.detail);
    this.#error(parsed.code, parsed.detail, parsed);
  }

  protected failedToTake(error: unknown): void {
    this.#failed(error, {});
  }

  protected explain(detail: string): void {
    this.#error("protocol_error", detail);
  }

  #take(frame: JsonFrame) {
    // The keeper has already counted it as a sign of life. A pong needs nothing more.
    if (frame.type === "pong") return;
    // A client may ask for a sign of life too (rule HB8).
    if (frame.type === "ping") return this.sendFrame(PONG);
    if (!this.beginCall()) return this.#error("busy", "too many requests in progress on this connection", answered(frame));
    const work = this.#opening === null ? this.#handle(frame) : this.#opening.then(() => this.#handle(frame));
    work.catch((error: unknown) => this.#failed(error, answered(frame))).finally(() => this.endCall());
  }

  async #handle(frame: Exclude<JsonFrame, { type: "pong" | "ping" }>): Promise<unknown> {
    if (frame.type === "hello") return this.#hello(frame);
    const session = this.connection?.session ?? null;
    if (session === null) return this.#error("hello_first", "say hello first", answered(frame));
    if (frame.type === "goodbye") return this.leave();
    // Sent by client code, not the user.
    if (frame.type === "chat.members") return this.#services.chat.resync(session);
    if (USER_FRAMES.has(frame.type)) session.touch();
    if (frame.type === "renew") {
      return this.#reply({ type: "renewed", ref: frame.ref, expiresInMs: await renewUser(this.#services, session, frame) });
    }
    await this.#chat(session, frame);
  }

  async #chat(
    session: Session,
    frame: Exclude<JsonFrame, { type: "pong" | "ping" | "hello" | "goodbye" | "renew" | "chat.members" }>,
  ): Promise<void> {
    const { chat } = this.#services;
    switch (frame.type) {
      case "still_here":
        return;
      case "chat.typing":
        return chat.typing(session);
      case "chat.join":
        return this.#answer({ type: "chat.joined", ref: frame.ref }, await chat.join(session, frame.room));
      case "chat.send":
        return this.#reply({ type: "chat.sent", ref: frame.ref, message: await chat.send(session, frame) });
      case "chat.history":
        return this.#reply({
          type: "chat.history",
          ref: frame.ref,
          room: frame.room,
          messages: await chat.history(session, frame),
        });
    }
  }

  #hello(frame: Extract<JsonFrame, { type: "hello" }>): Promise<void> {
    const opening = this.#open(frame).finally(() => {
      this.#opening = null;
    });
    this.#opening = opening;
    return opening;
  }

  async #open(frame: Extract<JsonFrame, { type: "hello" }>): Promise<void> {
    const result = await openSession(this.#services, this, { ...frame, signIn: null });
    if (result.accepted) this.#reply({ type: "welcome", ...result.welcome, room: result.session.room });
    else this.#error("refused", result.refusal.detail);
  }

  #failed(error: unknown, to: Answered) {
    const { code, message, data } = toClientError(error, "frame");
    if (code === "internal") this.#services.log.error("A request on the JSON socket failed", { error });
    this.#error(code, message, { ...to, retryAfterMs: data?.retryAfterMs });
  }

  #error(code: FrameErrorCode, message: string, { request, ref, retryAfterMs }: ErrorFields = {}): void {
    this.#reply({ type: "error", code: errorTable[code].frame.code, message, request, ref, retryAfterMs });
  }

  /** Replies with the fields of an answer whose JSON may be known. */
  #answer(start: { readonly type: string; readonly ref: number | string | undefined }, answer: object): void {
    const json = jsonOf(answer);
    if (json === undefined) return this.#reply({ ...start, ...answer });
    const [opening, ...rest] = json;
    this.sendPayload([`${JSON.stringify(start).slice(0, -1)},${String(opening).slice(1)}`, ...rest]);
  }

  #reply(frame: { readonly type: string; readonly [field: string]: unknown }): void {
    this.sendPayload(JSON.stringify(frame));
  }
}

type ErrorFields = Answered & { readonly retryAfterMs?: number | undefined };

function answered(frame: JsonFrame): Answered {
  return { request: frame.type, ref: "ref" in frame ? frame.ref : undefined };
}
