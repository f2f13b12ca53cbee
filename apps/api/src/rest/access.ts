/**
 * Who may use REST: programs with a token, signed-in operators, and for reading also programs on this machine, so that
 * `curl localhost:8000/api/…` needs no token. A request that went through a proxy is not local, whatever its address says, nor is
 * one that a page made its browser send to a name of its own (`Host`).
 */
import type { IncomingMessage } from "node:http";
import type { TokenScope } from "../contract/tokens.ts";
import type { Services } from "../services.ts";
import { addressOf, isLoopback } from "../transports/peer.ts";
import { RestError } from "./restError.ts";

const localHosts = new Set(["localhost", "127.0.0.1", "[::1]"]);
const proxyHeaders = ["forwarded", "x-forwarded-for", "x-real-ip"];

export interface Caller {
  /** As the ledger names who ended a session. */
  readonly name: string;
  readonly scope: TokenScope;
}

/** Whether a program on this machine asks. */
export function isLocal(request: IncomingMessage): boolean {
  const { host = "", origin } = request.headers;
  if (!isLoopback(addressOf(request)) || origin !== undefined) return false;
  if (proxyHeaders.some((name) => request.headers[name] !== undefined)) return false;
  return localHosts.has(host.replace(/:\d+$/, "").toLowerCase());
}

/** @throws {RestError} for those who may not ask at all. What they may do depends on their scope. */
export function callerOf(request: IncomingMessage, services: Services): Caller {
  const { authorization, cookie } = request.headers;
  // A token that is no good is refused on this machine too: whoever sends one wants to be known by it.
  if (authorization !== undefined) return bearer(authorization, services);
  const operator = services.auth.nameOf(services.auth.identify(cookie));
  if (operator !== null) return { name: operator, scope: "operate" };
  const reads = request.method === "GET" || request.method === "HEAD";
  if (reads && isLocal(request)) return { name: "local", scope: "read" };
  throw new RestError("unauthorized", "send a token (Authorization: Bearer lb_…) or sign in as an operator");
}

function bearer(authorization: string, { tokens, log }: Services): Caller {
  const [, given] = /^bearer +(\S+)$/i.exec(authorization) ?? [];
  const token = given === undefined ? null : tokens.find(given);
  if (token === null) throw new RestError("unauthorized", "this token is not known, or was revoked");
  tokens.noteUse(token).catch((error) => log.warn("The use of a token could not be written down", { error }));
  return { name: `token ${token.name}`, scope: token.scope };
}
