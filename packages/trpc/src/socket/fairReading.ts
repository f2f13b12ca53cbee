/**
 * Shares the event loop between sockets (rules SOC7 and SEC1). One read may bring thousands of small frames, and `ws` hands them on in one go: a few
 * clients that flood would hold up everybody else for seconds. While much is left of what was read, `ws` is told to hand on
 * one frame per turn of the event loop; it then stops reading from the socket by itself until it has caught up.
 */

import { stopAfterFailure } from "./failedParser.ts";

/** What the parser may have left and still hand on at once: a burst of a client that does nothing wrong. */
const AT_ONCE_BYTES = 1_024;

/** What is used of the parser of `ws`; of another version's, if it is there. */
interface Parser {
  readonly _bufferedBytes?: number;
  _allowSynchronousEvents?: boolean;
}

interface Parsed {
  readonly OPEN: number;
  readonly readyState: number;
}

/** To be called with each frame that the socket hands on. */
export function readFairly(socket: Parsed): void {
  const parser = (socket as Parsed & { readonly _receiver?: Parser | null })._receiver;
  if (parser?._bufferedBytes === undefined) return;
  // What is left when a socket closes is nobody's turn: its end must not wait for it.
  const mayGoOn = parser._bufferedBytes <= AT_ONCE_BYTES || socket.readyState !== socket.OPEN;
  if (!mayGoOn) stopAfterFailure(socket);
  if (parser._allowSynchronousEvents !== mayGoOn) parser._allowSynchronousEvents = mayGoOn;
}
