/**
 * Who may use REST: signed-in operators, and for reading also programs on this machine, so that `curl localhost:8000/api/…`
 * needs no token. A request that went through a proxy is not local, whatever its address says, nor is one that a page made
 * its browser send to a name of its own (`Host`).
 */
import type { IncomingMessage } from "node:http";
import type { AdminAuth } from "../auth/adminAuth.ts";
import { addressOf, isLoopback } from "../transports/peer.ts";
import { RestError } from "./restError.ts";

const localHosts = new Set(["localhost", "127.0.0.1", "[::1]"]);
const proxyHeaders = ["forwarded", "x-forwarded-for", "x-real-ip"];

/** Whether a program on this machine asks. */
export function isLocal(request: IncomingMessage): boolean {
  const { host = "", origin } = request.headers;
  if (!isLoopback(addressOf(request)) || origin !== undefined) return false;
  if (proxyHeaders.some((name) => request.headers[name] !== undefined)) return false;
  return localHosts.has(host.replace(/:\d+$/, "").toLowerCase());
}

/** The operator who asks, or `local` for a program on this machine that only reads. @throws {RestError} for everyone else. */
export function callerOf(request: IncomingMessage, auth: AdminAuth): string {
  const operator = auth.nameOf(auth.identify(request.headers.cookie));
  if (operator !== null) return operator;
  if (request.method === "GET" || request.method === "HEAD") {
    if (isLocal(request)) return "local";
  }
  throw new RestError("unauthorized", "sign in as an operator first");
}
