/** Routes for signing in with the one-time link and signing out. */
import type { IncomingMessage } from "node:http";
import Router from "@koa/router";
import type { KeeperLog } from "@lastbeat/core";
import type { TrustedProxies } from "../proxies/trustedProxies.ts";
import { RefusalLog } from "../transports/refusalLog.ts";
import type { AdminAuth, CookiePlace } from "./adminAuth.ts";
import { type FailedAttempts, retryAfter } from "./failedAttempts.ts";
import { linkRenewal } from "./linkRenewal.ts";
import { forAnyone } from "./routeAccess.ts";
import type { SignIns } from "./signIns.ts";

const invalidLinkPage = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Sign-in link</title>
<h1>This sign-in link does not work</h1>
<p>Each link works once, and only the newest. The server prints a new one when it starts${linkRenewal === "signal" ? ", and when it receives SIGUSR2" : ""}.</p>
</html>
`;

export interface AuthRouteParts {
  readonly auth: AdminAuth;
  readonly attempts: FailedAttempts;
  readonly signIns: SignIns;
  readonly proxies: TrustedProxies;
  /** Path at which a proxy serves Lastbeat; empty for the root. */
  readonly basePath: string;
  readonly log: KeeperLog;
}

export function authRoutes({ auth, attempts, signIns, proxies, basePath, log }: AuthRouteParts): Router {
  const placeOf = (request: IncomingMessage): CookiePlace => {
    const { host, scheme } = proxies.originOf(request);
    return {
      port: portOf(host) ?? request.socket.localPort ?? 0,
      path: basePath === "" ? "/" : basePath,
      secure: scheme === "https",
    };
  };
  const router = new Router({ prefix: "/admin" });
  const refusals = new RefusalLog(log);

  router.get("/sign-in", forAnyone, (ctx) => {
    const { address } = proxies.originOf(ctx.req);
    ctx.set("Cache-Control", "no-store");
    // Link scanners send HEAD. It must not consume the token.
    const cookie =
      ctx.method === "HEAD" ? null : auth.signIn(new URLSearchParams(ctx.querystring).get("token") ?? "", placeOf(ctx.req));
    if (cookie !== null) {
      log.info("An operator signed in", { address });
      ctx.set("Set-Cookie", cookie);
      ctx.status = 303;
      ctx.redirect(`${basePath}/admin`);
      return;
    }
    const waitMs = ctx.method === "HEAD" ? 0 : attempts.failed(address);
    ctx.status = waitMs > 0 ? 429 : 403;
    if (waitMs > 0) ctx.set("Retry-After", retryAfter(waitMs));
    refusals.write(`Refused a sign-in (${ctx.status}): the link was used before or is not the newest`, { address });
    ctx.type = "html";
    ctx.body = invalidLinkPage;
  });

  router.post("/sign-out", forAnyone, (ctx) => {
    ctx.set("Set-Cookie", [...auth.signOut(ctx.req.headers.cookie, placeOf(ctx.req))]);
    signIns.check();
    ctx.status = 204;
  });
  return router;
}

/** The port in the `Host` header; `null` for the scheme's default. */
function portOf(host: string | undefined): number | null {
  const [, digits] = /:(\d{1,5})$/.exec(host ?? "") ?? [];
  return digits === undefined ? null : Number(digits);
}
