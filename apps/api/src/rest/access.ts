/**
 * Who may use REST: programs with a token, signed-in operators, and for reading also programs on this machine, so that
 * `curl localhost:8000/api/…` needs no token. A request that went through a proxy is not local, whatever its address says, nor is
 * one that another page made its browser send, nor one to a name of somebody's own (`Host`). A proxy on this machine that adds no
 * header at all cannot be told from a program here (nginx with a bare `proxy_pass`): for that there is the setting `server.local_reads`.
 */
import type { IncomingMessage } from "node:http";
import type { SignIn } from "../auth/signIns.ts";
import { failure } from "../contract/errors.ts";
import type { TokenScope } from "../contract/tokens.ts";
import { plainAddress } from "../proxies/addressText.ts";
import type { Services } from "../services.ts";
import { isLoopback } from "../transports/peer.ts";

const localHosts = new Set(["localhost", "127.0.0.1", "[::1]"]);
/** Any one of them says that a proxy passed the request on, or that a page had its browser send it. */
const forwarding = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto", "x-real-ip"];
const foreignHeaders = [...forwarding, "via", "origin"];
/** What a browser says of an address that was typed in, or followed on a page of ours; other programs say nothing. */
const ownSites = new Set(["none", "same-origin", undefined]);

export interface Caller {
  /** As the ledger names who ended a session. */
  readonly name: string;
  readonly scope: TokenScope;
  /** What it stands on; `null` where none is needed. */
  readonly signIn: SignIn | null;
}

/** Whether a program on this machine asks. */
export function isLocal(request: IncomingMessage): boolean {
  const { host = "", "sec-fetch-site": site } = request.headers;
  if (!isLoopback(plainAddress(request.socket.remoteAddress ?? "")) || !ownSites.has(site)) return false;
  if (foreignHeaders.some((name) => request.headers[name] !== undefined)) return false;
  return localHosts.has(host.replace(/:\d+$/, "").toLowerCase());
}

/** @throws {LastbeatError} for those who may not ask at all. What they may do depends on their scope. */
export function callerOf(request: IncomingMessage, services: Services): Caller {
  const { authorization, cookie } = request.headers;
  // A token that is no good is refused on this machine too: whoever sends one wants to be known by it.
  if (authorization !== undefined && /^bearer\b/i.test(authorization)) return bearer(authorization, services);
  const signIn = services.auth.signInOf(services.auth.identify(cookie));
  if (signIn !== null) return { name: signIn.name, scope: "operate", signIn };
  const reads = request.method === "GET" || request.method === "HEAD";
  // Another scheme (`Basic`) may be a proxy's own sign-in: it takes nothing from an operator, and shows that others ask too.
  const named = authorization !== undefined;
  if (reads && !named && services.localReads && isLocal(request)) return { name: "local", scope: "read", signIn: null };
  throw failure("unauthorized", "sign in first, or send a token: Authorization: Bearer lb_…");
}

function bearer(authorization: string, { tokens, log }: Services): Caller {
  const [, given] = /^bearer +(\S+)$/i.exec(authorization) ?? [];
  const token = given === undefined ? null : tokens.find(given);
  // Not the fault of whoever sends it, and the log says whose.
  if (token === null && tokens.problem() !== null)
    throw failure("unavailable", "API tokens are disabled: the server cannot read its token file");
  if (token === null) throw failure("unauthorized", "the token is unknown or revoked");
  tokens.noteUse(token).catch((error) => log.warn("The use of a token could not be written down", { error }));
  const name = `token ${token.name}`;
  return { name, scope: token.scope, signIn: { id: `token ${token.id}`, name, isValid: () => tokens.isKnown(token.id) } };
}
