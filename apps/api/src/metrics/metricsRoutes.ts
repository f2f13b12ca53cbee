/** `GET /metrics` on the server's own port (rule MET3), for whoever has the right; a token of scope `metrics:read` has no other. */
import Router from "@koa/router";
import type { Context } from "koa";
import { onlyWith } from "../auth/routeAccess.ts";
import { callerOf } from "../rest/access.ts";
import { restErrors } from "../rest/restError.ts";
import type { Services } from "../services.ts";
import { RefusalLog } from "../transports/refusalLog.ts";

export function metricsRoutes(services: Services): Router {
  const { metrics, log, proxies } = services;
  const refusals = new RefusalLog(log);
  const router = new Router();
  router.use(
    restErrors((ctx, { code, message }, error) => {
      const fields = { path: ctx.path, address: proxies.originOf(ctx.req).address };
      if (code === "internal") log.error("The metrics could not be read", { ...fields, error });
      else refusals.write(`Refused a REST request (${code}): ${message}`, fields);
      if (code === "unauthorized") ctx.set("WWW-Authenticate", "Bearer");
    }),
  );
  const allowed = onlyWith("metrics:read", ({ req }: Context) => callerOf(req, services));
  router.get("/metrics", allowed, async (ctx) => {
    ctx.set("Cache-Control", "no-store");
    ctx.set("Content-Type", metrics.contentType);
    ctx.body = await metrics.text();
  });
  return router;
}
