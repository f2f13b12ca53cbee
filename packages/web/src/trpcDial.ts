/**
 * A `Dial` based on the stock tRPC client: one client per connection, because reconnecting is the job of `ClientConnection`.
 * The tRPC client answers the server's heartbeats by itself; the page's own, by which the server need not ask, are sent here.
 */
import type { AppRouter, OpenReply, PushEvent } from "@lastbeat/api";
import type { Dial } from "@lastbeat/core/client";
import { createTRPCClient, createWSClient, type TRPCClient, TRPCClientError, wsLink } from "@trpc/client";
import { abandonSocket, observedWebSocket, openGate, type SocketGate } from "./observedSocket.ts";

export type { SocketGate } from "./observedSocket.ts";

export type Api = TRPCClient<AppRouter>;

/** The input with which the page opens a session; the resume ticket is added to it. */
export type Hello = Omit<Parameters<Api["session"]["open"]["mutate"]>[0], "resume" | "beats" | "token">;

/** The events of a page's connection. */
export interface DialEvents {
  /** The session is open; use `api` for calls until the next `lost`. */
  readonly welcomed: (api: Api, reply: OpenReply) => void;
  readonly pushed: (event: PushEvent) => void;
  /** The hello was refused, in the server's words. A close follows. */
  readonly refused?: (message: string) => void;
  /** The connection is gone. `api` must not be called any more, or the stock client would reconnect. */
  readonly lost: () => void;
}

/** What is reported of a connection that closed without a close frame. */
const NO_CLOSE_FRAME = 1006;

export interface DialOptions extends DialEvents {
  readonly url: string;
  readonly hello: Hello;
  /** Asked at each hello for the user's token, if it is needed; `null` for none. If it fails, so has the connection, which is tried again. */
  readonly token?: () => Promise<string | null>;
  /**
   * If given, a round trip is measured at each heartbeat from the server, and whenever one of ours asks it for an answer. Called with
   * `PING` when that begins and with `PONG` when it is answered.
   */
  readonly beat?: (frame: "PING" | "PONG") => void;
  readonly gate?: SocketGate;
}

/**
 * The URL of the server's tRPC WebSocket. `basePath` is empty or the path of the server behind a proxy, without trailing slash.
 */
export function trpcUrl(basePath: string): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${basePath}/trpc`;
}

export function trpcDial(options: DialOptions): Dial {
  const { beat, gate = openGate } = options;
  return (ticket, listener) => {
    let socket: WebSocket | null = null;
    let closed = false;

    const send = (text: "PING" | "PONG") => {
      if (socket?.readyState === WebSocket.OPEN) socket.send(text);
    };

    const close = () => {
      if (closed) return false;
      closed = true;
      // Otherwise the stock client would open the next socket by itself.
      void client.close();
      options.lost();
      return true;
    };

    const client = createWSClient({
      url: options.url,
      WebSocket: observedWebSocket(
        {
          created: (created) => {
            socket = created;
            if (closed) created.close();
          },
          frame(data) {
            if (closed) return;
            listener.heard();
            if (beat === undefined || (data !== "PING" && data !== "PONG")) return;
            if (data === "PING" && !gate.muted) send("PING");
            beat(data);
          },
          sent: () => listener.sent(),
          closed(code, reason) {
            if (close()) listener.closed(code, reason);
          },
        },
        gate,
      ),
    });
    const api: Api = createTRPCClient<AppRouter>({ links: [wsLink({ client })] });

    api.session.events.subscribe(undefined, {
      onData(event) {
        if (closed) return;
        if (event.type === "terms" || event.type === "ending") listener.noticed(event);
        options.pushed(event);
      },
      // The close event carries the reason.
      onError: () => {},
    });
    const sayHello = async (token: string | null) => {
      const resume = ticket === null ? {} : { resume: ticket };
      const hello = { ...options.hello, beats: "client" as const, ...resume, ...(token === null ? {} : { token }) };
      // Calls on a client that is closed would make it connect again.
      if (closed) return;
      const reply = await api.session.open.mutate(hello);
      if (closed) return;
      listener.welcomed(reply);
      options.welcomed(api, reply);
    };
    // A refused hello is followed by a close, which decides whether to reconnect.
    const refused = (error: unknown) => {
      // Without data the connection failed, and nobody has refused anything.
      if (!closed && error instanceof TRPCClientError && error.data) options.refused?.(error.message);
    };
    const withoutToken = () => {
      if (!close()) return;
      if (socket !== null) abandonSocket(socket);
      listener.closed(NO_CLOSE_FRAME, "");
    };
    if (options.token === undefined) sayHello(null).catch(refused);
    else options.token().then((token) => sayHello(token).catch(refused), withoutToken);

    return {
      probe: () => send("PING"),
      beat(asks) {
        if (gate.muted) return;
        send(asks ? "PING" : "PONG");
        if (asks) beat?.("PING");
      },
      abandon() {
        close();
        if (socket !== null) abandonSocket(socket);
      },
    };
  };
}
