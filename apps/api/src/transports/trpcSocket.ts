/**
 * This server's extensions to @lastbeat/trpc. A client says hello with `connectionParams` or by calling `session.open`, and receives
 * its session's events through `session.events`.
 */
import { causeOf, type Notice } from "@lastbeat/core";
import {
  createTrpcService,
  type Ending,
  isObject,
  type Malformed,
  MalformedMessageError,
  TrpcLink as PlainTrpcLink,
  type Taken,
  type TrpcLimits,
  type TrpcProblem,
  type TrpcService,
  toNobody,
  tooMany,
} from "@lastbeat/trpc/link";
import type { CookieIdentity } from "../auth/cookieSigner.ts";
import { parseClientJson } from "../contract/clientJson.ts";
import { endingCode, errorTable, INTERNAL_MESSAGE } from "../contract/errors.ts";
import type { OpenInput } from "../contract/inputs.ts";
import { expectedGot, expectedGotSecret } from "../contract/validation.ts";
import { openSession } from "../openSession.ts";
import type { Context } from "../routers/context.ts";
import { appRouter } from "../routers/index.ts";
import type { Services } from "../services.ts";
import { type ConnectionParams, readConnectionParams } from "./connectionParams.ts";
import { encodePush, type PushLink } from "./pushSocket.ts";
import type { ServerSocket } from "./serverSocket.ts";

export const trpcLimits: TrpcLimits = {
  calls: 64,
  subscriptions: 8,
  waitingEvents: 32,
  malformedPerMinute: 20,
  idLength: { min: 1, max: 100 },
};

export type TrpcLinkFactory = (ws: ServerSocket, identity: CookieIdentity | null) => TrpcLink;

/** Creates a factory of links that serve the router with these services. */
export function trpcLinks(services: Services): TrpcLinkFactory {
  const service = createTrpcService({
    router: appRouter,
    limits: trpcLimits,
    eventsPath: "session.events",
    encoder: { encode: JSON.stringify, decode: decodeText },
    onError({ error, path, ctx }) {
      if (error.code === "INTERNAL_SERVER_ERROR")
        services.log.error(`${path ?? "A call"} failed`, { error: error.cause ?? error });
      // A malformed hello ends the connection, after the client has received the error.
      if (path === "session.open" && error.code === "BAD_REQUEST" && ctx?.session === null) {
        setImmediate(() => ctx.link?.connection?.violated(`bad hello: ${error.message.slice(0, 200)}`));
      }
    },
  });
  return (ws, identity) => new TrpcLink(ws, service, { services, identity });
}

function decodeText(data: unknown): unknown {
  if (typeof data !== "string") throw new TypeError("binary frames are not part of this protocol");
  return parseClientJson(data, "frame");
}

export class TrpcLink extends PlainTrpcLink implements PushLink {
  readonly #services: Services;
  readonly #identity: CookieIdentity | null;
  /** Settles when the hello in progress is answered. Later messages wait for that. */
  #opening: PromiseWithResolvers<void> | null = null;
  /** How many messages wait for it. */
  #waiting = 0;
  #params: ConnectionParams | null = null;

  constructor(
    ws: ServerSocket,
    service: TrpcService,
    { services, identity }: { readonly services: Services; readonly identity: CookieIdentity | null },
  ) {
    super(ws, service);
    this.#services = services;
    this.#identity = identity;
  }

  context(): Context {
    const services = this.#services;
    return {
      services,
      link: this,
      session: this.connection?.session ?? null,
      connectionParams: this.#params,
      address: this.connection?.session?.peer.address ?? "",
      signIn: services.auth.signInOf(this.#identity),
    };
  }

  override closing(code: number, reason: string): void {
    super.closing(code, reason);
    this.#opened();
  }

  protected override tell(notice: Notice): void {
    this.push(encodePush(notice));
  }

  protected override endingProblem({ reason, code, retry, retryAfterMs, detail }: Ending): TrpcProblem {
    const more = { reason, closeCode: code, retry, retryAfterMs };
    return { code: errorTable[endingCode(reason, retry)].trpc, message: detail, more };
  }

  protected override eventsProblem(): TrpcProblem | null {
    if ((this.connection?.session ?? null) !== null) return null;
    const message = "say hello first: by connectionParams, or call session.open on this WebSocket";
    return { code: errorTable.hello_first.trpc, message };
  }

  protected override readFrame(frame: unknown): void {
    if (isObject(frame) && frame.method === "connectionParams") return this.#takeParams(frame.data);
    if (!Array.isArray(frame) || frame.length > 0) return super.readFrame(frame);
    this.malformed({ cause: new MalformedMessageError("", "a batch of at least 1 message", frame), to: toNobody });
  }

  protected override take(taken: readonly Taken[]): void {
    // The hello goes first, wherever it is in the batch.
    const hellos = taken.filter(isHello);
    // A hello that was refused here is never answered by tRPC: nothing may wait for it.
    if (hellos.length > 0 && this.deliver(hellos, () => this.#opened())) this.#opening ??= Promise.withResolvers();
    this.#takeInTurn(hellos.length === 0 ? taken : taken.filter((each) => !isHello(each)));
  }

  protected override answerMalformed({ cause, to }: Malformed): void {
    const detail = detailOf(cause);
    const sessionId = this.connection?.session?.id;
    this.#services.refusals.write(`Refused a tRPC frame: ${detail}`, sessionId === undefined ? {} : { sessionId });
    this.refuse(to, { code: errorTable.protocol_error.trpc, message: detail });
  }

  protected failedToTake(error: unknown): void {
    this.#services.log.error("Handling a frame on the tRPC socket failed", { error });
    this.refuse(toNobody, { code: errorTable.internal.trpc, message: INTERNAL_MESSAGE });
  }

  #takeParams(data: unknown): void {
    const read = readConnectionParams(data, { vouched: !this.#services.users.guests });
    if (!read.ok) return this.violated(read.detail);
    this.#params = read.others;
    if (read.hello !== null) void this.#hello(read.hello).catch((error: unknown) => this.failedToTake(error));
  }

  async #hello(hello: OpenInput): Promise<void> {
    const services = this.#services;
    this.#opening ??= Promise.withResolvers();
    try {
      const result = await openSession(services, this, { ...hello, signIn: services.auth.signInOf(this.#identity) });
      if (result.accepted) this.pushFirst(encodePush({ type: "welcome", ...result.welcome, room: result.session.room }));
    } finally {
      this.#opened();
    }
  }

  #opened(): void {
    this.#opening?.resolve();
    this.#opening = null;
  }

  /** Handles the messages now, or once the hello in progress is answered. */
  #takeInTurn(taken: readonly Taken[]): void {
    if (this.#opening === null) return super.take(taken);
    const room = trpcLimits.calls - this.#waiting;
    for (const { message } of taken.slice(room)) this.refuse(message, tooMany("calls"));
    const waiting = taken.slice(0, room);
    if (waiting.length === 0) return;
    this.#waiting += waiting.length;
    const takeNow = () => {
      this.#waiting -= waiting.length;
      super.take(waiting);
    };
    this.#opening.promise.then(takeNow).catch((error: unknown) => this.failedToTake(error));
  }
}

function isHello({ message }: Taken): boolean {
  return "method" in message && message.method === "mutation" && message.params.path === "session.open";
}

function detailOf(cause: unknown): string {
  if (!(cause instanceof MalformedMessageError)) return cause instanceof Error ? cause.message : causeOf(cause);
  const { field, expected, value } = cause;
  // A client that wraps its input wrongly sends what is in it, a token for example, in the place of these.
  const told = field === "" || field === "params" ? expectedGotSecret : expectedGot;
  return `${field === "" ? "" : `${field}: `}${told(expected, value)}`;
}
