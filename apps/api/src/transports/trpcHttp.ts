/** Serves the router over plain HTTP, for calls that need no session. */
import { nodeHTTPRequestHandler } from "@trpc/server/adapters/node-http";
import type { Middleware } from "koa";
import type { Context } from "../routers/context.ts";
import { appRouter } from "../routers/index.ts";
import type { Services } from "../services.ts";
import type { ConnectionParams } from "./connectionParams.ts";
import { RefusalLog } from "./refusalLog.ts";

const PREFIX = "/trpc/";
/** Methods the adapter supports. It fails on some others (TRACE). */
const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "OPTIONS"]);
const MAX_BODY_BYTES = 256 * 1024;

export function trpcOverHttp(services: Services): Middleware {
  const refusals = new RefusalLog(services.log);
  return async (ctx) => {
    const { req, res } = ctx;
    if (!methods.has(ctx.method)) {
      ctx.status = 405;
      ctx.set("Allow", [...methods].join(", "));
      return;
    }
    ctx.respond = false;
    // Koa defaults to 404, and tRPC does not always set a status.
    res.statusCode = 200;
    await nodeHTTPRequestHandler({
      router: appRouter,
      req,
      res,
      path: ctx.path.slice(PREFIX.length),
      maxBodySize: MAX_BODY_BYTES,
      maxBatchSize: 32,
      createContext: ({ info }): Context => ({
        services,
        link: null,
        session: null,
        connectionParams: info.connectionParams as ConnectionParams | null,
        signIn: services.auth.signInOf(services.auth.identify(req.headers.cookie)),
      }),
      onError({ error, path }) {
        const fields = { path: path ?? ctx.path.slice(0, 200), address: services.proxies.originOf(req).address };
        if (error.code === "INTERNAL_SERVER_ERROR")
          services.log.error("A call failed", { ...fields, error: error.cause ?? error });
        else refusals.write(`Refused a call (${error.code}): ${error.message.slice(0, 200)}`, fields);
      },
    });
  };
}
