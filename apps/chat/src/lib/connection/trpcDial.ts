/**
 * Opens a connection with the stock tRPC client: one client for each connection, because coming back is the connection
 * machine's business. The client answers the server's heartbeats by itself.
 */
import type { AppRouter, OpenReply, PushEvent } from "@lastbeat/api";
import type { Dial } from "@lastbeat/core/client";
import { createTRPCClient, createWSClient, type TRPCClient, wsLink } from "@trpc/client";
import type { LabGate } from "./lab.svelte.ts";
import { abandonSocket, observedWebSocket } from "./observedSocket.ts";

export type Api = TRPCClient<AppRouter>;

export interface DialOptions {
  readonly url: string;
  readonly hello: { readonly name: string; readonly room: string; readonly browser: string };
  /** The session is open: calls go through `api` until the next `lost`. */
  readonly welcomed: (api: Api, reply: OpenReply) => void;
  readonly pushed: (event: PushEvent) => void;
  /** A heartbeat of the server, or the answer to one of ours. */
  readonly beat: (frame: "PING" | "PONG") => void;
  readonly lost: () => void;
  readonly gate: LabGate;
}

export function trpcDial(options: DialOptions): Dial {
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
            if (data === "PING" && !options.gate.muted) ping();
            if (data === "PING" || data === "PONG") options.beat(data);
          },
          closed(code, reason) {
            if (close()) listener.closed(code, reason);
          },
        },
        options.gate,
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
