/** Which kept sockets share a connection: each namespace of Socket.IO has a socket of its own on the client's one connection. */

const kept = new WeakMap<object, Set<object>>();

/** Notes that a session lives on `socket`. @returns what takes the note back. */
export function shareConnection(connection: object, socket: object): () => void {
  const sockets = kept.get(connection) ?? new Set();
  kept.set(connection, sockets.add(socket));
  return () => sockets.delete(socket);
}

/** Whether a session lives on the connection besides the one on `socket`, which may be none. */
export function isSharedWithOthers(connection: object, socket: object): boolean {
  const sockets = kept.get(connection);
  return sockets !== undefined && sockets.size > (sockets.has(socket) ? 1 : 0);
}
