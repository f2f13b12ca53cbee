/** Begins a sign-in in the answer to a request: makes it, sets the cookie, and records it. */
import type { IncomingMessage } from "node:http";
import { clientName } from "@lastbeat/core";
import type { Context } from "koa";
import type { SignInWay } from "../contract/operators.ts";
import type { Services } from "../services.ts";
import type { CookiePlace } from "./adminAuth.ts";

export type SignInParts = Pick<
  Services,
  | "auth"
  | "operators"
  | "passwords"
  | "links"
  | "firstLink"
  | "attempts"
  | "attemptsByName"
  | "knownBrowsers"
  | "audit"
  | "oidc"
  | "signIns"
  | "proxies"
  | "basePath"
  | "log"
>;

export function beginSignIn(ctx: Context, parts: SignInParts, { operator, way }: { operator: string; way: SignInWay }): void {
  const { auth, operators, audit, log } = parts;
  const { address } = parts.proxies.originOf(ctx.req);
  const client = clientName(ctx.req.headers["user-agent"]);
  const signIn = operators.signIn(operator, { way, address, client });
  ctx.append("Set-Cookie", auth.cookieFor(signIn, cookiePlace(ctx.req, parts)));
  const account = operators.account(operator);
  // Whoever has no password here never waits for those who guess it.
  if (account !== undefined && account.password !== null)
    ctx.append("Set-Cookie", parts.knownBrowsers.cookieFor(account, cookiePlace(ctx.req, parts)));
  audit.record("signed_in", { name: operator, address }, { target: operator, after: { way, client } });
  log.info("An operator signed in", { operator, way, address });
}

/** Scope of the cookie, as this browser sees the server. */
export function cookiePlace(
  request: IncomingMessage,
  { proxies, basePath }: Pick<SignInParts, "proxies" | "basePath">,
): CookiePlace {
  const { host, scheme } = proxies.originOf(request);
  return {
    port: portOf(host) ?? request.socket.localPort ?? 0,
    path: basePath === "" ? "/" : basePath,
    secure: scheme === "https",
  };
}

/** The port in the `Host` header; `null` for the scheme's default. */
function portOf(host: string | undefined): number | null {
  const [, digits] = /:(\d{1,5})$/.exec(host ?? "") ?? [];
  return digits === undefined ? null : Number(digits);
}
