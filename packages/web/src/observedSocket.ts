/** A WebSocket whose frames and close can be observed, for a client library that creates its own sockets. */

export interface SocketWatcher {
  created(socket: WebSocket): void;
  /** A frame of any kind, before the client sees it. */
  frame(data: unknown): void;
  /** A frame of any kind was sent. */
  sent(): void;
  closed(code: number, reason: string): void;
}

/** Controls which frames a socket receives and sends. */
export interface SocketGate {
  /** Whether heartbeats go unanswered. */
  readonly muted: boolean;
  /** May take `send` to run it later. @returns whether it did. */
  hold(send: () => void): boolean;
}

/** A gate that lets everything through. */
export const openGate: SocketGate = { muted: false, hold: () => false };

/** A `WebSocket` class for one client. The gate may suppress answers to heartbeats, or delay sends. */
export function observedWebSocket(watcher: SocketWatcher, gate: SocketGate): typeof WebSocket {
  return class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      watcher.created(this);
      this.addEventListener("message", (event) => {
        // Runs before the client's own listener, which would answer.
        if (gate.muted && event.data === "PING") event.stopImmediatePropagation();
        watcher.frame(event.data);
      });
      this.addEventListener("close", (event) => watcher.closed(event.code, event.reason));
    }

    override send(data: string | Blob | BufferSource): void {
      const send = () => {
        super.send(data);
        watcher.sent();
      };
      if (
        !gate.hold(() => {
          if (this.readyState === this.OPEN) send();
        })
      )
        send();
    }
  };
}

/**
 * Abandons a socket at once. On a dead network, a real close can take a minute, and pending calls would wait as long. So this
 * first dispatches a synthetic close event to the client, and then closes the socket in the background.
 */
export function abandonSocket(socket: WebSocket): void {
  socket.dispatchEvent(new CloseEvent("close", { code: 1006, reason: "abandoned" }));
  socket.close();
}
