/**
 * Answers the requests of a connection one after another (rule WEB3). Node reads ahead: of requests sent without waiting for answers
 * ("pipelined") it would otherwise begin hundreds at once for one connection, and keep all their answers for a client that reads none.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Requests that may wait for their turn on one connection. Browsers send none before the answer. */
const MOST_WAITING = 32;

type Exchange = readonly [IncomingMessage, ServerResponse];

/** @param onFlood called when a connection is cut because more requests wait on it. */
export function inTurn(handle: RequestListener, onFlood: (request: IncomingMessage) => void): RequestListener {
  /** The exchanges that wait, of each connection that is being answered. */
  const waiting = new WeakMap<Socket, Exchange[]>();

  const begin = ([request, response]: Exchange): void => {
    const { socket } = request;
    response.once("close", () => {
      const next = waiting.get(socket)?.shift();
      if (next === undefined) waiting.delete(socket);
      else if (!socket.destroyed) begin(next);
    });
    handle(request, response);
  };

  return (request, response) => {
    const { socket } = request;
    // The rest of what came with the requests that were too many.
    if (socket.destroyed) return;
    const others = waiting.get(socket);
    if (others === undefined) {
      waiting.set(socket, []);
      begin([request, response]);
    } else if (others.length < MOST_WAITING) others.push([request, response]);
    else {
      onFlood(request);
      waiting.delete(socket);
      socket.destroy();
    }
  };
}
