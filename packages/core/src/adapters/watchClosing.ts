/**
 * Notices at once that a `ws` WebSocket begins to close (rule SOC2). The library says "close" only when TCP is closed both ways, half a
 * minute after a close frame whose sender leaves TCP open.
 *
 * What is seen here: the library calls the WebSocket's own `close` when a close frame arrives, as an application does to close it; and the
 * stream below it ends when the peer closes its half. Where another library does neither, its "close" event has to do.
 *
 * Who watches is kept on the WebSocket and on its stream, and what is hung on them are the same functions for all of them, so that a
 * connection costs no closures. The wrapped `close` stays when nobody watches any more: deleting it would cost more than it does.
 */

import { EMPTY_CLOSE_FRAME, NO_CLOSE_FRAME } from "../protocol/close.ts";
import type { NodeEmitter } from "./listeners.ts";

export interface ClosingWatcher {
  /** The peer's close frame arrived, or its half of the stream ended. May be told more than once; the first knows best. */
  closing(code: number, reason: string): void;
  /** This side called `close`: the library's parser, which refuses a frame and says so in an "error" within this turn, or the application. */
  closedHere(code: number | undefined): void;
}

export interface ClosableWebSocket extends NodeEmitter {
  close(code?: number, reason?: string): void;
}

const watchers = Symbol("lastbeat: who watches it close");
const closeBefore = Symbol("lastbeat: the close it had of its own");

/** Mostly one; several where they share the connection: one per namespace of Socket.IO. */
interface Watched {
  [watchers]?: ClosingWatcher | readonly ClosingWatcher[] | null;
}

type WatchedWebSocket = ClosableWebSocket &
  Watched & {
    [closeBefore]?: ClosableWebSocket["close"];
    /** What `ws` has besides, and other libraries may not. */
    readonly _closeFrameReceived?: unknown;
    readonly _socket?: unknown;
  };
type WatchedStream = NodeEmitter & Watched;

/**
 * Watches until `unwatchClosing`.
 * @param stream what the WebSocket was upgraded from (`request.socket`); found by itself on a `ws` WebSocket.
 */
export function watchClosing(webSocket: ClosableWebSocket, watcher: ClosingWatcher, stream?: NodeEmitter): void {
  const below = streamBelow(webSocket, stream);
  if (below !== undefined && add(below, watcher)) below.on("end", ended);
  const watched: WatchedWebSocket = webSocket;
  if (typeof watched._closeFrameReceived !== "boolean") return;
  if (watched[watchers] === undefined) wrapClose(watched);
  add(watched, watcher);
}

/** Stops watching; a no-op for who does not watch. `stream` as for `watchClosing`. */
export function unwatchClosing(webSocket: ClosableWebSocket, watcher: ClosingWatcher, stream?: NodeEmitter): void {
  const below = streamBelow(webSocket, stream);
  if (below !== undefined && remove(below, watcher)) below.removeListener("end", ended);
  remove(webSocket as WatchedWebSocket, watcher);
}

/** Closes without telling the watcher. */
export function closeUnwatched(webSocket: ClosableWebSocket, watcher: ClosingWatcher, code: number, reason: string): void {
  remove(webSocket as WatchedWebSocket, watcher);
  webSocket.close(code, reason);
}

function streamBelow(webSocket: WatchedWebSocket, stream: NodeEmitter | undefined): WatchedStream | undefined {
  return stream ?? (isNodeEmitter(webSocket._socket) ? webSocket._socket : undefined);
}

function wrapClose(webSocket: WatchedWebSocket): void {
  if (Object.hasOwn(webSocket, "close")) webSocket[closeBefore] = webSocket.close;
  Object.defineProperty(webSocket, "close", { value: closeAndTell, configurable: true, writable: true });
}

function closeAndTell(this: WatchedWebSocket, code?: number, reason?: unknown): void {
  const close = this[closeBefore] ?? (Object.getPrototypeOf(this) as ClosableWebSocket).close;
  close.call(this, code, reason as string | undefined);
  for (const watcher of watchersOf(this)) {
    if (this._closeFrameReceived === true) watcher.closing(code ?? EMPTY_CLOSE_FRAME, String(reason ?? ""));
    else watcher.closedHere(code);
  }
}

function ended(this: WatchedStream): void {
  for (const watcher of watchersOf(this)) watcher.closing(NO_CLOSE_FRAME, "");
}

/** A list that does not change when one that is told goes. */
function watchersOf(watched: Watched): readonly ClosingWatcher[] {
  const there = watched[watchers] ?? [];
  return isOne(there) ? [there] : there;
}

const isOne = (there: ClosingWatcher | readonly ClosingWatcher[]): there is ClosingWatcher => !Array.isArray(there);

/** `true` for the first watcher. */
function add(watched: Watched, watcher: ClosingWatcher): boolean {
  const before = watchersOf(watched);
  watched[watchers] = before.length === 0 ? watcher : [...before, watcher];
  return before.length === 0;
}

/** `true` when the last watcher went. */
function remove(watched: Watched, watcher: ClosingWatcher): boolean {
  const before = watchersOf(watched);
  const left = before.filter((other) => other !== watcher);
  if (left.length === before.length) return false;
  watched[watchers] = left.length === 0 ? null : left;
  return left.length === 0;
}

function isNodeEmitter(value: unknown): value is NodeEmitter {
  return typeof value === "object" && value !== null && "on" in value && "removeListener" in value;
}
