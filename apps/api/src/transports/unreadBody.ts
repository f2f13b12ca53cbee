/**
 * Answers without reading the request's body (rule WEB2). Node discards what still comes of it, within the time that a request may take;
 * when that may be much, the connection is closed instead.
 */
import type { IncomingMessage, ServerResponse } from "node:http";

/** Cheaper to discard than a new connection. */
const DISCARDED_BYTES = 64 * 1024;

/** Closes the connection after the answer if much of the body may be left. Call before the answer's head is written. */
export function closeIfBodyLeft({ complete, headers }: IncomingMessage, response: ServerResponse): void {
  if (complete || response.headersSent) return;
  const declared = headers["transfer-encoding"] === undefined ? Number(headers["content-length"] ?? 0) : Number.POSITIVE_INFINITY;
  if (declared > DISCARDED_BYTES) response.setHeader("Connection", "close");
}
