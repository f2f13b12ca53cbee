/** One connection of `applyWSSHandler`: opens its session, then makes its context once, as tRPC's adapter does. */
import type { IncomingMessage } from "node:http";
import type { Hello, Notice, Refusal, SessionKeeper } from "@lastbeat/core";
import { getTRPCErrorFromUnknown, TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError, parseConnectionParamsFromUnknown, type TRPCRequestInfo } from "@trpc/server/http";
import type { TRPCResponseMessage } from "@trpc/server/rpc";
import type { WebSocket } from "ws";
import { ConnectionInfo, type HelloOptions } from "./connectionInfo.ts";
import { EncodedEvent } from "./link/encodedEvent.ts";
import { Exchange } from "./link/exchange.ts";
import { type Call, isObject } from "./link/messages.ts";
import type { ErrorInfo, TrpcService } from "./link/service.ts";
import { TrpcLink } from "./link/trpcLink.ts";
import type { ForeignSocket, ForeignSocketDriver } from "./socket/foreignSocket.ts";

/** What all connections of one handler share. */
export interface Host {
  readonly service: TrpcService;
  readonly keeper: SessionKeeper;
  hello(options: HelloOptions): Hello | Promise<Hello>;
  createContext(options: HelloOptions): unknown;
  readonly onError: ((info: ErrorInfo & { readonly req: IncomingMessage }) => unknown) | undefined;
  isActivity(call: Call): boolean;
  readonly answersPing: boolean;
}

type Params = TRPCRequestInfo["connectionParams"];

export class KeptConnection extends TrpcLink implements ForeignSocketDriver {
  readonly #host: Host;
  readonly #ws: WebSocket;
  readonly #req: IncomingMessage;
  /** `null` as long as `connectionParams` are to come. */
  #context: Promise<unknown> | null = null;
  /** Once it is made; each exchange learns it a moment later than its frame. */
  #made: unknown;
  #contextError: TRPCError | null = null;
  /** Carries no call: tRPC tells the client through it that no context could be made. */
  #opener: Exchange | null = null;
  #abort: AbortController | null = null;

  constructor(socket: ForeignSocket, host: Host, { ws, req }: { readonly ws: WebSocket; readonly req: IncomingMessage }) {
    super(socket, host.service);
    this.#host = host;
    this.#ws = ws;
    this.#req = req;
  }

  /** Once the keeper has taken it. */
  start(): void {
    const [, query] = (this.#req.url ?? "").split("?", 2);
    if (new URLSearchParams(query).get("connectionParams") !== "1") this.#open(() => null);
  }

  context(): unknown {
    return this.#context;
  }

  /** What tRPC tells `onError`, once of each thing. */
  report(info: ErrorInfo, exchange: Exchange | null): unknown {
    const isRepeated = info.path === undefined && info.error === this.#contextError && exchange !== this.#opener;
    return isRepeated ? undefined : this.#host.onError?.({ ...info, ctx: info.ctx ?? this.#made, req: this.#req });
  }

  override send(exchange: Exchange, message: TRPCResponseMessage): void {
    // Through each call tRPC would say again that there is no context.
    if (message.id === null && exchange !== this.#opener && !exchange.isDelivering) return;
    super.send(exchange, message);
  }

  override contextFailed(): void {
    const error = this.#contextError ?? new TRPCError({ code: "INTERNAL_SERVER_ERROR" });
    const status = getHTTPStatusCodeFromError(error);
    if (status >= 500) this.connection?.failed(error);
    else if (error.code === "PARSE_ERROR" || error.code === "BAD_REQUEST") this.connection?.violated(error.message);
    else this.connection?.forbidden(error.message);
  }

  override notify(notice: Notice): void {
    // tRPC has told the client that no context could be made, and why.
    if (notice.type !== "ending" || this.#contextError === null) super.notify(notice);
  }

  /** `ws` has answered it. */
  override pinged(): void {
    this.connection?.sent();
  }

  override close(code: number, reason: string): void {
    super.close(code, reason);
    this.cancel();
  }

  override failed(error: Error): void {
    super.failed(error);
    this.#tell(error);
  }

  closedHere(): void {
    const session = this.connection?.session ?? null;
    if (session === null) this.connection?.closed(1000, "closed by the application");
    else session.end("the application closed its WebSocket").catch(() => {});
  }

  protected override cancel(): void {
    super.cancel();
    this.#abort?.abort();
  }

  protected override read(data: string | Buffer): void {
    if (this.#context === null) this.#open(() => this.#paramsIn(data));
    else super.read(data);
  }

  protected override calling(call: Call): void {
    if (this.#host.isActivity(call)) this.connection?.session?.touch();
  }

  protected override answerPing(): void {
    if (this.#host.answersPing) super.answerPing();
  }

  protected failedToTake(error: unknown): void {
    this.#tell(error);
  }

  #tell(thrown: unknown): void {
    const error = getTRPCErrorFromUnknown(thrown);
    const info = { error, path: undefined, type: "unknown", ctx: undefined, input: undefined } as const;
    const report = async () => this.report(info, null);
    report().catch(() => {});
  }

  #open(readParams: () => Params): void {
    this.#context = this.#makeContext(readParams);
    this.#context.catch(() => {});
    this.#opener = new Exchange(this);
    this.service.serve(this.#opener);
  }

  async #makeContext(readParams: () => Params): Promise<unknown> {
    try {
      const info = new ConnectionInfo(readParams(), () => this.#signal());
      const options = { req: this.#req, res: this.#ws, info };
      await this.#openSession(options);
      this.#made = await this.#host.createContext(options);
      // It keeps tRPC's handler in memory, and has nothing more to tell.
      this.#opener = null;
      return this.#made;
    } catch (cause) {
      this.#contextError = getTRPCErrorFromUnknown(cause);
      throw this.#contextError;
    }
  }

  async #openSession(options: HelloOptions & { readonly info: ConnectionInfo }): Promise<void> {
    const said = this.#host.hello(options);
    if (said instanceof Promise) this.connection?.identifying();
    const hello = await said;
    if (this.connection === null) throw refused({ reason: "server_shutdown", detail: "no connection can be taken" });
    const result = await this.connection.hello(hello);
    if (!result.accepted) throw refused(result.refusal);
    options.info.session = result.session;
    options.info.welcome = result.welcome;
    this.pushFirst(new EncodedEvent(this.toJson({ type: "welcome", ...result.welcome, room: result.session.room })));
  }

  #signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (!this.isOpen) this.#abort.abort();
    return this.#abort.signal;
  }

  #paramsIn(data: string | Buffer): Params {
    let frame: unknown;
    try {
      frame = this.service.encoder.decode(data);
      if (!isObject(frame)) throw new Error("Message was not an object");
    } catch (cause) {
      throw new TRPCError({ code: "PARSE_ERROR", message: "Malformed TRPCConnectionParamsMessage", cause });
    }
    return parseConnectionParamsFromUnknown(frame.data);
  }
}

function refused({ reason, detail }: Pick<Refusal, "reason" | "detail">): TRPCError {
  const code =
    reason === "unauthorized" ? "UNAUTHORIZED" : reason === "server_full" ? "TOO_MANY_REQUESTS" : "SERVICE_UNAVAILABLE";
  return new TRPCError({ code, message: detail });
}
