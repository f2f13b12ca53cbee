/** Everything that is plain HTTP: REST, tRPC over HTTP, sign-in, health, and the two web apps. */
import { join } from "node:path";
import Router from "@koa/router";
import Koa, { type Context as KoaContext, type Middleware } from "koa";
import helmet from "koa-helmet";
import { authRoutes } from "./auth/routes.ts";
import type { ConnectionRoom } from "./connectionRoom.ts";
import { failure } from "./contract/errors.ts";
import { notReadyCause } from "./readiness.ts";
import { writeRestError } from "./rest/restError.ts";
import { restRoutes } from "./rest/routes.ts";
import type { Services } from "./services.ts";
import { originAllowed } from "./transports/origin.ts";
import { RefusalLog } from "./transports/refusalLog.ts";
import { malformedHead } from "./transports/requestHead.ts";
import { trpcOverHttp } from "./transports/trpcHttp.ts";
import { belowBasePath } from "./web/basePath.ts";
import { compression } from "./web/compression.ts";
import { contentSecurityPolicy, staticApp } from "./web/staticApp.ts";

export interface AppOptions {
  readonly services: Services;
  readonly room: ConnectionRoom;
  readonly allowedOrigins: readonly string[];
  /** The folder that holds `apps/`. */
  readonly root: string;
}

const leftEarly = new Set(["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE"]);

/** `HPE_…`: what came next on the connection is no HTTP. */
function isClients(code: string): boolean {
  return leftEarly.has(code) || code.startsWith("HPE_");
}

export function createApp({ services, room, allowedOrigins, root }: AppOptions): Koa {
  const { log, basePath } = services;
  const app = new Koa();
  app.silent = true;
  const logged = new WeakSet<Error>();
  app.on("error", (error: Error & { code?: string }) => {
    // Clients that leave before their answer is complete, or send noise after a request, are no failure; of a stream that fails Koa tells twice.
    if (isClients(error.code ?? "") || logged.has(error)) return;
    logged.add(error);
    log.error("A request failed", { error });
  });

  app.use((ctx, next) => {
    ctx.url = belowBasePath(ctx.url, basePath);
    return next();
  });
  app.use(securityHeaders());
  const refusals = new RefusalLog(log);
  app.use(wellFormed(services, refusals));
  app.use(compression());
  app.use(noRoom(room));
  app.use(ownPagesOnly(allowedOrigins, services, refusals));
  const routers = [healthRoutes(services, room), restRoutes(services), authRoutes(services)];
  for (const router of routers) app.use(router.routes() as Middleware);

  const trpc = trpcOverHttp(services);
  const admin = staticApp({ name: "admin page", folder: join(root, "apps/admin/build"), prefix: "/admin", basePath });
  const chat = staticApp({ name: "chat", folder: join(root, "apps/chat/build"), prefix: "", basePath });
  app.use((ctx, next) => {
    if (isUnder(ctx, "/trpc")) return trpc(ctx, next);
    return isUnder(ctx, "/admin") ? admin(ctx, next) : chat(ctx, next);
  });
  return app;
}

function isUnder({ path }: KoaContext, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

function securityHeaders(): Middleware {
  const headers = helmet({
    contentSecurityPolicy: false,
    // Whoever puts TLS in front decides on this.
    strictTransportSecurity: false,
  });
  const policy = contentSecurityPolicy();
  return (ctx, next) => {
    ctx.set("Content-Security-Policy", policy);
    return headers(ctx, next);
  };
}

/** Pages of other origins may not make a browser change anything here. */
function ownPagesOnly(allowedOrigins: readonly string[], { proxies }: Services, refusals: RefusalLog): Middleware {
  return (ctx, next) => {
    const { origin } = ctx.req.headers;
    const reads = ctx.method === "GET" || ctx.method === "HEAD";
    if (reads || originAllowed(origin, proxies.originOf(ctx.req), allowedOrigins)) return next();
    const message = "pages of this origin may not do this";
    refusals.write(`Refused a request (403): ${message}`, { path: ctx.path.slice(0, 200), origin: origin?.slice(0, 200) });
    writeRestError(ctx, failure("forbidden", message));
  };
}

/** What cannot be understood is answered here, before code that takes a request's own address for granted. */
function wellFormed({ proxies }: Services, refusals: RefusalLog): Middleware {
  return (ctx, next) => {
    const cause = malformedHead(ctx.req);
    if (cause === null) return next();
    const { address } = proxies.originOf(ctx.req);
    refusals.write(`Refused a request (400): ${cause}`, { address, host: ctx.req.headers.host?.slice(0, 200) });
    writeRestError(ctx, failure("bad_request", cause));
  };
}

const healthPaths: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

/** A connection that there is no room for gets one answer: why. */
function noRoom(room: ConnectionRoom): Middleware {
  return (ctx, next) => {
    if (!room.isRefused(ctx.req.socket)) return next();
    ctx.set("Connection", "close");
    if (healthPaths.has(ctx.path)) return next();
    ctx.set("Retry-After", "5");
    writeRestError(ctx, failure("unavailable", "the server takes no more connections now; try again in 5 s"));
  };
}

function healthRoutes({ store }: Services, room: ConnectionRoom): Router {
  const router = new Router();
  router.get("/healthz", (ctx) => {
    ctx.body = { status: "ok" };
  });
  router.get("/readyz", (ctx) => {
    const cause = notReadyCause(store, room);
    ctx.status = cause === null ? 200 : 503;
    ctx.body = cause === null ? { status: "ready" } : { status: "not ready", cause };
  });
  return router;
}
