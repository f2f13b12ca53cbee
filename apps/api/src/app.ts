/** The HTTP application: REST, tRPC over HTTP, sign-in, health checks and the two web apps. */
import { join } from "node:path";
import Router from "@koa/router";
import Koa, { type Context as KoaContext, type Middleware } from "koa";
import helmet from "koa-helmet";
import { forAnyone } from "./auth/routeAccess.ts";
import { authRoutes } from "./auth/routes.ts";
import type { ConnectionLimit } from "./connectionLimit.ts";
import { failure } from "./contract/errors.ts";
import { metricsRoutes } from "./metrics/metricsRoutes.ts";
import { writeRestError } from "./rest/restError.ts";
import { restRoutes } from "./rest/routes.ts";
import type { Services } from "./services.ts";
import { originAllowed } from "./transports/origin.ts";
import { RefusalLog } from "./transports/refusalLog.ts";
import { malformedHead } from "./transports/requestHead.ts";
import { trpcOverHttp } from "./transports/trpcHttp.ts";
import { closeIfBodyLeft } from "./transports/unreadBody.ts";
import { belowBasePath } from "./web/basePath.ts";
import { compression } from "./web/compression.ts";
import { contentSecurityPolicy, staticApp } from "./web/staticApp.ts";

export interface AppOptions {
  readonly services: Services;
  readonly connectionLimit: ConnectionLimit;
  readonly allowedOrigins: readonly string[];
  /** The folder that holds `apps/`. */
  readonly root: string;
}

const disconnectCodes = new Set(["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE", "ERR_HTTP_REQUEST_TIMEOUT"]);

/** Whether the client caused the error. `HPE_…`: the bytes that followed on the connection are not HTTP. */
function isClientError(code: string): boolean {
  return disconnectCodes.has(code) || code.startsWith("HPE_");
}

export function createApp({ services, connectionLimit, allowedOrigins, root }: AppOptions): Koa {
  const { log, basePath } = services;
  const app = new Koa();
  app.silent = true;
  const logged = new WeakSet<Error>();
  app.on("error", (error: Error & { code?: string }) => {
    // A client that disconnects early or sends garbage after a request is not a server failure. Koa reports a failed stream twice.
    if (isClientError(error.code ?? "") || logged.has(error)) return;
    logged.add(error);
    log.error("A request failed", { error });
  });

  app.use((ctx, next) => {
    ctx.url = belowBasePath(ctx.url, basePath);
    return next();
  });
  app.use(async (ctx, next) => {
    await next();
    closeIfBodyLeft(ctx.req, ctx.res);
  });
  app.use(securityHeaders());
  const refusals = new RefusalLog(log);
  if (services.traces !== null) app.use(services.traces.requests());
  app.use(rejectMalformed(services, refusals));
  app.use(compression());
  app.use(rejectOverLimit(connectionLimit));
  app.use(rejectWhileStopping(services));
  app.use(rejectForeignOrigins(allowedOrigins, services, refusals));
  for (const router of routersOf(services)) app.use(router.routes() as Middleware);

  const trpc = trpcOverHttp(services);
  const admin = staticApp({ name: "admin page", folder: join(root, "apps/admin/build"), prefix: "/admin", basePath });
  const chat = staticApp({ name: "chat", folder: join(root, "apps/chat/build"), prefix: "", basePath });
  app.use((ctx, next) => {
    if (isUnder(ctx, "/trpc")) return trpc(ctx, next);
    return isUnder(ctx, "/admin") ? admin(ctx, next) : chat(ctx, next);
  });
  return app;
}

/** All routes but those of tRPC and of the built web apps. Each declares its access, see `auth/routeAccess.ts`. */
export function routersOf(services: Services): readonly Router[] {
  return [healthRoutes(services), metricsRoutes(services), restRoutes(services) as unknown as Router, authRoutes(services)];
}

function isUnder({ path }: KoaContext, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

function securityHeaders(): Middleware {
  const headers = helmet({
    contentSecurityPolicy: false,
    // Left to whoever terminates TLS.
    strictTransportSecurity: false,
  });
  const policy = contentSecurityPolicy();
  return (ctx, next) => {
    ctx.set("Content-Security-Policy", policy);
    return headers(ctx, next);
  };
}

/** Rejects state-changing requests from pages of other origins. */
function rejectForeignOrigins(allowedOrigins: readonly string[], { proxies }: Services, refusals: RefusalLog): Middleware {
  return (ctx, next) => {
    const { origin } = ctx.req.headers;
    const reads = ctx.method === "GET" || ctx.method === "HEAD";
    if (reads || originAllowed(origin, proxies.originOf(ctx.req), allowedOrigins)) return next();
    const message = "pages of this origin may not do this";
    refusals.write(`Refused a request (403): ${message}`, { path: ctx.path.slice(0, 200), origin: origin?.slice(0, 200) });
    writeRestError(ctx, failure("forbidden", message));
  };
}

/** Rejects malformed requests before any code that relies on a valid URL and host. */
function rejectMalformed({ proxies }: Services, refusals: RefusalLog): Middleware {
  return (ctx, next) => {
    const cause = malformedHead(ctx.req);
    if (cause === null) return next();
    const { address } = proxies.originOf(ctx.req);
    refusals.write(`Refused a request (400): ${cause}`, { address, host: ctx.req.headers.host?.slice(0, 200) });
    writeRestError(ctx, failure("bad_request", cause));
  };
}

const healthPaths: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

const seenWhileStopping: ReadonlySet<string> = new Set([...healthPaths, "/metrics"]);

/** While sessions end, only probes and scrapes are answered. */
function rejectWhileStopping({ readiness }: Services): Middleware {
  return (ctx, next) => {
    if (!readiness.isStopping) return next();
    ctx.set("Connection", "close");
    if (seenWhileStopping.has(ctx.path)) return next();
    ctx.set("Retry-After", "5");
    writeRestError(ctx, failure("unavailable", "the server is stopping; try again in 5 s"));
  };
}

/** Answers a connection over the limit with the reason, then closes it. */
function rejectOverLimit(connectionLimit: ConnectionLimit): Middleware {
  return (ctx, next) => {
    if (!connectionLimit.isRefused(ctx.req.socket)) return next();
    ctx.set("Connection", "close");
    if (healthPaths.has(ctx.path)) return next();
    ctx.set("Retry-After", "5");
    writeRestError(ctx, failure("unavailable", "the server has reached its connection limit; try again in 5 s"));
  };
}

function healthRoutes({ readiness, diskFloor }: Services): Router {
  const router = new Router();
  router.get("/healthz", forAnyone, (ctx) => {
    ctx.body = { status: "ok" };
  });
  router.get("/readyz", forAnyone, (ctx) => {
    const cause = readiness.cause();
    ctx.status = cause === null ? 200 : 503;
    const low = diskFloor.cause();
    const ready = { status: "ready", ...(low !== null && { warning: `chat messages are refused: ${low}` }) };
    ctx.body = cause === null ? ready : { status: "not ready", cause };
  });
  return router;
}
