/**
 * Shares the event loop between sockets (rules SOC7 and SEC1). One read may bring thousands of small frames, and `ws` hands them on in one go: a few
 * clients that flood would hold up everybody else for seconds. While much is left of what was read, `ws` is told to hand on
 * one frame per turn of the event loop; it then stops reading from the socket by itself until it has caught up.
 *
 * The public way to say so, `allowSynchronousEvents: false`, is for a whole server and each frame, also of clients that do nothing wrong;
 * `pause()` stops reading, but not the handing on of what was read. So this uses fields of the parser that are private. Without them
 * nothing happens, and the tests named SOC7 fail.
 */

import { stopAfterFailure } from "./failedParser.ts";

const OPEN = 1;

/** What the parser may have left and still hand on at once: a burst of a client that does nothing wrong. */
const AT_ONCE_BYTES = 1_024;

/** What is used of the parser of `ws`; of another version's, if it is there. */
interface Parser {
  readonly _bufferedBytes?: number;
  _allowSynchronousEvents?: boolean;
}

export interface Parsed {
  readonly readyState?: number;
}

/** Parsers that were slowed down here; others are as the application wants them. */
const slowed = new WeakSet<Parser>();

/** To be called with each frame that the socket hands on. */
export function readFairly(socket: Parsed): void {
  const parser = (socket as Parsed & { readonly _receiver?: Parser | null })._receiver;
  if (parser?._bufferedBytes === undefined) return;
  // What is left when a socket closes is nobody's turn: its end must not wait for it.
  const mayGoOn = parser._bufferedBytes <= AT_ONCE_BYTES || socket.readyState !== OPEN;
  if (parser._allowSynchronousEvents === mayGoOn || (mayGoOn && !slowed.delete(parser))) return;
  if (!mayGoOn) {
    stopAfterFailure(socket);
    slowed.add(parser);
  }
  parser._allowSynchronousEvents = mayGoOn;
}
