/**
 * Opens a connection with the stock tRPC client: one client for each connection, because coming back is the connection
 * machine's business. The client answers the server's heartbeats by itself.
 */
import type { AppRouter, OpenReply, PushEvent } from "@lastbeat/api";
import type { Dial } from "@lastbeat/core/client";
import { createTRPCClient, createWSClient, type TRPCClient, wsLink } from "@trpc/client";
import { abandonSocket, observedWebSocket, openGate, type SocketGate } from "./observedSocket.ts";

export type { SocketGate } from "./observedSocket.ts";

export type Api = TRPCClient<AppRouter>;

/** What the page says when it opens a session; the ticket to resume one is added. */
export type Hello = Omit<Parameters<Api["session"]["open"]["mutate"]>[0], "resume">;

/** What a page hears of its connection. */
export interface DialEvents {
  /** The session is open: calls go through `api` until the next `lost`. */
  readonly welcomed: (api: Api, reply: OpenReply) => void;
  readonly pushed: (event: PushEvent) => void;
  /** That connection is gone; `api` must not be called any more, or the stock client would open it again. */
  readonly lost: () => void;
}

export interface DialOptions extends DialEvents {
  readonly url: string;
  readonly hello: Hello;
  /** A heartbeat of the server, or the answer to one of ours. Where it is given, a round trip is measured at each heartbeat. */
  readonly beat?: (frame: "PING" | "PONG") => void;
  readonly gate?: SocketGate;
}

/** Address of the server's WebSocket for tRPC. `basePath` is where the server is, without a slash at the end: empty, or where a proxy has it. */
export function trpcUrl(basePath: string): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${basePath}/trpc`;
}

export function trpcDial(options: DialOptions): Dial {
  const { beat, gate = openGate } = options;
  return (ticket, listener) => {
    let socket: WebSocket | null = null;
    let closed = false;

    const ping = () => {
      if (socket?.readyState === WebSocket.OPEN) socket.send("PING");
    };

    const close = () => {
      if (closed) return false;
      closed = true;
      // Without this the stock client would open the next socket on its own.
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
            if (data === "PING" && !gate.muted) ping();
            beat(data);
          },
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
      // The close says why.
      onError: () => {},
    });
    api.session.open.mutate({ ...options.hello, ...(ticket === null ? {} : { resume: ticket }) }).then(
      (reply) => {
        if (closed) return;
        listener.welcomed(reply);
        options.welcomed(api, reply);
      },
      // A refused hello is followed by a close, which says whether to come back.
      () => {},
    );

    return {
      probe: ping,
      abandon() {
        close();
        if (socket !== null) abandonSocket(socket);
      },
    };
  };
}
