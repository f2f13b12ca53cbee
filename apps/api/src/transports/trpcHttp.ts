/** Serves the router over plain HTTP, for calls that need no session. */
import type { IncomingMessage } from "node:http";
import { getTRPCErrorFromUnknown, getTRPCErrorShape } from "@trpc/server";
import { nodeHTTPRequestHandler } from "@trpc/server/adapters/node-http";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import type { Context as KoaContext, Middleware } from "koa";
import type { SignIn } from "../auth/signIns.ts";
import { failure, lackingRight } from "../contract/errors.ts";
import type { Access } from "../contract/rights.ts";
import type { Context } from "../routers/context.ts";
import { appRouter } from "../routers/index.ts";
import { needsWebSocket } from "../routers/trpc.ts";
import { asTrpcError } from "../routers/trpcError.ts";
import type { Services } from "../services.ts";
import type { ConnectionParams } from "./connectionParams.ts";
import { RefusalLog } from "./refusalLog.ts";
import { closeIfBodyLeft } from "./unreadBody.ts";

const PREFIX = "/trpc/";
/** Methods the adapter supports. It fails on some others (TRACE). */
const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "OPTIONS"]);
const MAX_BODY_BYTES = 256 * 1024;

interface Declared {
  readonly _def: { readonly type: string; readonly meta: { readonly access: Access } };
}

/** The access that each subscription needs. */
const subscriptionAccess: ReadonlyMap<string, Access> = new Map(
  Object.entries(appRouter._def.procedures as unknown as Record<string, Declared>).flatMap(([path, { _def }]) =>
    _def.type === "subscription" ? [[path, _def.meta.access] as const] : [],
  ),
);

export function trpcOverHttp(services: Services): Middleware {
  const refusals = new RefusalLog(services.log);
  const report = (error: { code: string; message: string; cause?: unknown }, path: string, request: IncomingMessage) => {
    const fields = { path: path.slice(0, 200), address: services.proxies.originOf(request).address };
    if (error.code === "INTERNAL_SERVER_ERROR") services.log.error("A call failed", { ...fields, error: error.cause ?? error });
    else refusals.write(`Refused a call (${error.code}): ${error.message.slice(0, 200)}`, fields);
  };
  return async (ctx) => {
    const { req, res } = ctx;
    if (!methods.has(ctx.method)) {
      ctx.status = 405;
      ctx.set("Allow", [...methods].join(", "));
      return;
    }
    const path = ctx.path.slice(PREFIX.length);
    const signIn = services.auth.signInOf(services.auth.identify(req.headers.cookie));
    const refusal = refusedSubscription(path, signIn);
    if (refusal !== null) {
      report(refusal, path, req);
      return writeError(ctx, refusal, path);
    }
    if (ctx.method === "POST" && signIn === null) leaveUnread(ctx);
    ctx.respond = false;
    // Koa defaults to 404, and tRPC does not always set a status.
    res.statusCode = 200;
    await nodeHTTPRequestHandler({
      router: appRouter,
      req,
      res,
      path,
      maxBodySize: MAX_BODY_BYTES,
      maxBatchSize: 32,
      createContext: ({ info }): Context => ({
        services,
        link: null,
        session: null,
        connectionParams: info.connectionParams as ConnectionParams | null,
        address: services.proxies.originOf(req).address,
        signIn,
      }),
      onError: ({ error, path: called }) => report(error, called ?? ctx.path, req),
    });
  };
}

/**
 * Without a sign-in no mutation is possible over HTTP, so nothing in the body can matter (rule WEB2). tRPC would collect it before it asks
 * anyone; it takes a `body` that is there already instead.
 */
function leaveUnread({ req, res }: KoaContext): void {
  (req as IncomingMessage & { body?: string }).body = "{}";
  closeIfBodyLeft(req, res);
}

/** Why a subscription cannot begin; `null` if it can, or is none. tRPC would answer 200 and tell it in the stream (rule WEB5). */
function refusedSubscription(path: string, signIn: SignIn | null): ReturnType<typeof asTrpcError> | null {
  const access = subscriptionAccess.get(path);
  if (access === undefined) return null;
  if (access === "anyone" || access === "session") return asTrpcError(needsWebSocket(path));
  if (signIn === null) return asTrpcError(failure("unauthorized", "sign in first"));
  return access === "operator" || signIn.rights.has(access) ? null : asTrpcError(lackingRight(access, signIn.name));
}

function writeError(ctx: KoaContext, thrown: unknown, path: string): void {
  const error = getTRPCErrorFromUnknown(thrown);
  const shape = getTRPCErrorShape({
    config: appRouter._def._config,
    error,
    type: "subscription",
    path,
    input: undefined,
    ctx: undefined,
  });
  ctx.status = getHTTPStatusCodeFromError(error);
  ctx.body = { error: shape };
}
