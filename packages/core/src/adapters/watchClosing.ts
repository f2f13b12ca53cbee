/**
 * Notices at once that a `ws` WebSocket begins to close (rule SOC2). The library says "close" only when TCP is closed both ways, half a
 * minute after a close frame whose sender leaves TCP open.
 *
 * What is seen here: the library calls the WebSocket's own `close` when a close frame arrives, as an application does to close it; and the
 * stream below it ends when the peer closes its half. Where another library does neither, its "close" event has to do.
 */

import { EMPTY_CLOSE_FRAME, NO_CLOSE_FRAME } from "../protocol/close.ts";
import type { Listeners, NodeEmitter } from "./listeners.ts";

export interface ClosingWatcher {
  /** The peer's close frame arrived, or its half of the stream ended. May be told more than once; the first knows best. */
  closing(code: number, reason: string): void;
  /** This side called `close`: the library's parser, which refuses a frame and says so in an "error" within this turn, or the application. */
  closedHere?(code: number | undefined): void;
}

export interface ClosableWebSocket extends NodeEmitter {
  close(code?: number, reason?: string): void;
}

/** What `ws` has besides, and other libraries may not. */
interface Insides {
  readonly _closeFrameReceived?: unknown;
  readonly _socket?: unknown;
}

export interface ClosingWatch {
  /** Closes without telling the watcher. */
  close(code: number, reason: string): void;
}

/** The watchers of a WebSocket, of which several may share it: one per namespace of Socket.IO. */
const watchersOf = new WeakMap<ClosableWebSocket, Set<ClosingWatcher>>();

/**
 * Watches until `listeners` are removed.
 * @param stream what the WebSocket was upgraded from (`request.socket`); found by itself on a `ws` WebSocket.
 */
export function watchClosing(
  webSocket: ClosableWebSocket,
  watcher: ClosingWatcher,
  { listeners, stream }: { readonly listeners: Listeners; readonly stream?: NodeEmitter | undefined },
): ClosingWatch {
  const insides: Insides = webSocket as Insides;
  const below = stream ?? (isNodeEmitter(insides._socket) ? insides._socket : undefined);
  if (below !== undefined) listeners.on(below, "end", () => watcher.closing(NO_CLOSE_FRAME, ""));
  const watchers = watchersOf.get(webSocket) ?? new Set();
  if (typeof insides._closeFrameReceived === "boolean") {
    if (watchers.size === 0) watchClose(webSocket, watchers);
    watchers.add(watcher);
    listeners.add(() => {
      watchers.delete(watcher);
      if (watchers.size === 0) unwatchClose(webSocket);
    });
  }
  return {
    close(code, reason) {
      watchers.delete(watcher);
      webSocket.close(code, reason);
    },
  };
}

/** Wraps the WebSocket's `close` for as long as anybody watches. */
function watchClose(webSocket: ClosableWebSocket & Insides, watchers: Set<ClosingWatcher>): void {
  const close = webSocket.close.bind(webSocket);
  const watched = (code?: number, reason?: unknown) => {
    close(code, reason as string | undefined);
    // A copy, because a watcher that is told may go.
    for (const watcher of [...watchers]) {
      if (webSocket._closeFrameReceived === true) watcher.closing(code ?? EMPTY_CLOSE_FRAME, String(reason ?? ""));
      else watcher.closedHere?.(code);
    }
  };
  watchersOf.set(webSocket, watchers);
  Object.defineProperty(webSocket, "close", { value: watched, configurable: true, writable: true });
}

function unwatchClose(webSocket: ClosableWebSocket): void {
  if (watchersOf.delete(webSocket)) Reflect.deleteProperty(webSocket, "close");
}

function isNodeEmitter(value: unknown): value is NodeEmitter {
  return typeof value === "object" && value !== null && "on" in value && "removeListener" in value;
}
