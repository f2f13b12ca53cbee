/** Routes for signing in, with the server's link or a password, and signing out. */
import Router from "@koa/router";
import { restErrors } from "../rest/restError.ts";
import { RefusalLog } from "../transports/refusalLog.ts";
import { beginSignIn, cookiePlace, type SignInParts } from "./beginSignIn.ts";
import { retryAfter } from "./failedAttempts.ts";
import { linkRenewal } from "./linkRenewal.ts";
import { oidcRoutes } from "./oidc/oidcRoutes.ts";
import { FIRST_OPERATOR } from "./operators.ts";
import { passwordRoutes } from "./passwordRoutes.ts";
import { forAnyone } from "./routeAccess.ts";
import { seeOther } from "./seeOther.ts";

const invalidLinkPage = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Sign-in link</title>
<h1>This sign-in link does not work</h1>
<p>Each link works once, and only the newest. The server prints a new one when it starts${linkRenewal === "signal" ? ", and when it receives SIGUSR2" : ""}.
Once there is an account, operators sign in with their name and password.</p>
</html>
`;

export type AuthRouteParts = SignInParts;

export function authRoutes(parts: AuthRouteParts): Router {
  const { auth, operators, audit, attempts, firstLink, signIns, proxies, basePath, log } = parts;
  const router = new Router({ prefix: "/admin" });
  const refusals = new RefusalLog(log);

  router.get("/sign-in", forAnyone, (ctx) => {
    ctx.set("Cache-Control", "no-store");
    const token = new URLSearchParams(ctx.querystring).get("token");
    // The page of the web app asks for name and password.
    if (token === null) return seeOther(ctx, `${basePath}/admin`);
    // Link scanners send HEAD. It must not consume the token.
    if (ctx.method !== "HEAD" && firstLink.consume(token)) {
      beginSignIn(ctx, parts, { operator: FIRST_OPERATOR, way: "first_link" });
      return seeOther(ctx, `${basePath}/admin`);
    }
    const { address } = proxies.originOf(ctx.req);
    const waitMs = ctx.method === "HEAD" ? 0 : attempts.failed(address);
    ctx.status = waitMs > 0 ? 429 : 403;
    if (waitMs > 0) ctx.set("Retry-After", retryAfter(waitMs));
    if (ctx.method !== "HEAD") audit.signInFailed(address, "");
    refusals.write(`Refused a sign-in (${ctx.status}): the link was used before or is not the newest`, { address });
    ctx.type = "html";
    ctx.body = invalidLinkPage;
  });

  router.post("/sign-out", forAnyone, (ctx) => {
    const { ids, cookies } = auth.forget(ctx.req.headers.cookie, cookiePlace(ctx.req, parts));
    const { address } = proxies.originOf(ctx.req);
    for (const { operator } of operators.signOut(ids))
      audit.record("signed_out", { name: operator, address }, { target: operator });
    ctx.set("Set-Cookie", [...cookies]);
    signIns.check();
    ctx.status = 204;
  });

  router.use(
    restErrors((ctx, { code, message }, error) => {
      const fields = { path: ctx.path, address: proxies.originOf(ctx.req).address };
      if (code === "internal") log.error("A sign-in failed", { ...fields, error });
      else refusals.write(`Refused a sign-in (${code}): ${message}`, fields);
    }),
  );
  passwordRoutes(router, parts);
  if (parts.oidc !== null) oidcRoutes(router, parts, parts.oidc, refusals);
  return router;
}
