/** A socket that records the keeper's calls. */
import type { SessionSocket } from "../ports/socket.ts";
import type { Notice } from "../protocol/notice.ts";

export interface FakeSocket extends SessionSocket {
  /** The calls in order: `heartbeat`, `ping`, `keep_open`, `notice:<type>`, `close:<code>`, `terminate`. */
  readonly calls: string[];
  readonly notices: Notice[];
  closedWith: { readonly code: number; readonly reason: string } | null;
  bufferedBytes: number;
  /** If set, every send throws it. */
  broken: Error | null;
  /** Called at each heartbeat, so that a test can answer it. */
  onHeartbeat: (() => void) | null;
  onPing: (() => void) | null;
  /** How often a call was made. */
  count(call: string): number;
}

/** Creates a fake socket. */
export function createFakeSocket(): FakeSocket {
  const send = (call: string) => {
    if (socket.broken !== null) throw socket.broken;
    socket.calls.push(call);
  };
  const socket: FakeSocket = {
    calls: [],
    notices: [],
    closedWith: null,
    bufferedBytes: 0,
    broken: null,
    onHeartbeat: null,
    onPing: null,
    heartbeat() {
      send("heartbeat");
      socket.onHeartbeat?.();
    },
    ping() {
      send("ping");
      socket.onPing?.();
    },
    keepOpen() {
      send("keep_open");
    },
    notify(notice) {
      send(`notice:${notice.type}`);
      socket.notices.push(notice);
    },
    close(code, reason) {
      socket.calls.push(`close:${code}`);
      socket.closedWith ??= { code, reason };
    },
    terminate() {
      socket.calls.push("terminate");
    },
    count: (call) => socket.calls.filter((other) => other === call).length,
  };
  return socket;
}
