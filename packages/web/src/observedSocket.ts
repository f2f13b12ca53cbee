/** A WebSocket whose every frame and close can be watched, for a client that makes its sockets itself. */

export interface SocketWatcher {
  created(socket: WebSocket): void;
  /** A frame of any kind, before the client sees it. */
  frame(data: unknown): void;
  closed(code: number, reason: string): void;
}

/** What a socket asks before it takes or sends a frame. */
export interface SocketGate {
  /** The page does not answer heartbeats. */
  readonly muted: boolean;
  /** Keeps `send` for later. @returns whether it did. */
  hold(send: () => void): boolean;
}

/** Keeps nothing back. */
export const openGate: SocketGate = { muted: false, hold: () => false };

/** A `WebSocket` class for one client. The gate may keep it from answering heartbeats, or from sending for a while. */
export function observedWebSocket(watcher: SocketWatcher, gate: SocketGate): typeof WebSocket {
  return class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      watcher.created(this);
      this.addEventListener("message", (event) => {
        // Before the client's own listener, which would answer.
        if (gate.muted && event.data === "PING") event.stopImmediatePropagation();
        watcher.frame(event.data);
      });
      this.addEventListener("close", (event) => watcher.closed(event.code, event.reason));
    }

    override send(data: string | Blob | BufferSource): void {
      const send = () => super.send(data);
      if (!gate.hold(() => this.readyState === this.OPEN && send())) send();
    }
  };
}

/**
 * Gives a socket up at once. A dead network can keep a real close waiting for a minute, and the calls under way on it as long;
 * so its client is told first, by an event of ours, and the socket is closed behind its back.
 */
export function abandonSocket(socket: WebSocket): void {
  socket.dispatchEvent(new CloseEvent("close", { code: 1006, reason: "abandoned" }));
  socket.close();
}
