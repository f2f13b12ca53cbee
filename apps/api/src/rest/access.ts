/**
 * REST authorisation: programs with a token, signed-in operators, and, for reads, programs on this machine, so that
 * `curl localhost:8000/api/…` needs no token. A request is not local if it came through a proxy, whatever its address, if a foreign page
 * made the browser send it, or if it is addressed to another host name (`Host`). A proxy on this machine that adds no headers (nginx with
 * a bare `proxy_pass`) cannot be told from a local program: the setting `server.local_reads` covers that case.
 */
import type { IncomingMessage } from "node:http";
import { tooManyAttempts } from "../auth/failedAttempts.ts";
import type { SignIn } from "../auth/signIns.ts";
import { failure } from "../contract/errors.ts";
import { localRights, type Right } from "../contract/rights.ts";
import { plainAddress } from "../proxies/addressText.ts";
import type { Services } from "../services.ts";
import { isLoopback } from "../transports/peer.ts";

const localHosts = new Set(["localhost", "127.0.0.1", "[::1]"]);
/** The headers of proxies. Any of these means that one forwarded the request. */
export const forwardingHeaders = [
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-proto",
  "x-real-ip",
];
/** Any of these means that a proxy forwarded the request or a page made the browser send it. */
const foreignHeaders = [...forwardingHeaders, "via", "origin"];
/** `Sec-Fetch-Site` for a typed-in address or a link on our own page. Programs other than browsers do not send it. */
const ownSites = new Set(["none", "same-origin", undefined]);

export interface Caller {
  /** The caller's name in the ledger. */
  readonly name: string;
  readonly address: string;
  readonly rights: ReadonlySet<Right>;
  /** The sign-in it depends on; `null` for local callers. */
  readonly signIn: SignIn | null;
}

/** Whether the request comes from a program on this machine. */
export function isLocal(request: IncomingMessage): boolean {
  const { host = "", "sec-fetch-site": site } = request.headers;
  if (!isLoopback(plainAddress(request.socket.remoteAddress ?? "")) || !ownSites.has(site)) return false;
  if (foreignHeaders.some((name) => request.headers[name] !== undefined)) return false;
  return localHosts.has(host.replace(/:\d+$/, "").toLowerCase());
}

/** Identifies the caller. @throws {LastbeatError} for one without access. Whoever asks checks the right. */
export function callerOf(request: IncomingMessage, services: Services): Caller {
  return { ...identified(request, services), address: services.proxies.originOf(request).address };
}

function identified(request: IncomingMessage, services: Services): Omit<Caller, "address"> {
  const { authorization, cookie } = request.headers;
  // An invalid token is refused even from this machine: whoever sends one wants to be identified by it.
  if (authorization !== undefined && /^bearer\b/i.test(authorization)) return bearer(authorization, request, services);
  const signIn = services.auth.signInOf(services.auth.identify(cookie));
  if (signIn !== null) return { name: signIn.name, rights: signIn.rights, signIn };
  const reads = request.method === "GET" || request.method === "HEAD";
  // Another scheme (`Basic`) may be a proxy's own sign-in. It does not affect operators, but it shows that the request is not local.
  const hasOtherScheme = authorization !== undefined;
  if (reads && !hasOtherScheme && services.localReads && isLocal(request))
    return { name: "local", rights: localRights, signIn: null };
  throw failure("unauthorized", "sign in first, or send a token: Authorization: Bearer lb_…");
}

function bearer(
  authorization: string,
  request: IncomingMessage,
  { tokens, log, attempts, proxies }: Services,
): Omit<Caller, "address"> {
  const [, given] = /^bearer +(\S+)$/i.exec(authorization) ?? [];
  const token = given === undefined ? null : tokens.find(given);
  // The server's fault, not the caller's. The log has the cause.
  if (token === null && tokens.problem() !== null)
    throw failure("unavailable", "API tokens are disabled: the server cannot read its token file");
  if (token === null) {
    const waitMs = attempts.failed(proxies.originOf(request).address);
    throw waitMs > 0 ? tooManyAttempts(waitMs) : failure("unauthorized", "the token is unknown or revoked");
  }
  if (tokens.isExpired(token)) throw failure("unauthorized", `the token ${token.name} has expired; create a new one`);
  tokens.noteUse(token).catch((error) => log.warn("Recording the use of a token failed", { error }));
  const name = `token ${token.name}`;
  const rights: ReadonlySet<Right> = new Set(token.scopes);
  return { name, rights, signIn: { id: `token ${token.id}`, name, rights, isValid: () => tokens.isKnown(token.id) } };
}
