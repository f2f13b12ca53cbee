/**
 * Keeps the parser of `ws` (8.23) from throwing where nobody catches, which would end the process (rule SEC1). While it waits, because frames
 * are handed on one per turn or because it decompresses, Node keeps what was read meanwhile. If it then refuses a frame, Node hands it
 * the rest all the same, and it goes on in the middle of the frame that it refused.
 */

/** What is used of the parser; of another version's, if it is there. */
interface Parser {
  readonly _errored?: boolean;
  _write?: Write;
}

type Write = (this: Parser, chunk: unknown, encoding: unknown, done: () => void) => void;

/** From now on, the socket's parser takes nothing once it has refused a frame. */
export function stopAfterFailure(socket: object): void {
  const parser = (socket as { readonly _receiver?: Parser | null })._receiver;
  if (parser?._write !== undefined && !Object.hasOwn(parser, "_write")) parser._write = writeUnlessFailed;
}

const writeUnlessFailed: Write = function (chunk, encoding, done) {
  if (this._errored === true) return done();
  (Object.getPrototypeOf(this) as Parser)._write?.call(this, chunk, encoding, done);
};
