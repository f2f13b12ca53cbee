/** REST routes: the operators' queries and commands for curl and scripts. */
import type { Readable } from "node:stream";
import type { RouterContext } from "@koa/router";
import Router from "@koa/router";
import { z } from "zod";
import { adminCookieName } from "../auth/adminAuth.ts";
import { forAnyone, onlyWith } from "../auth/routeAccess.ts";
import type { SignIn } from "../auth/signIns.ts";
import { failure } from "../contract/errors.ts";
import type { Services } from "../services.ts";
import { RefusalLog } from "../transports/refusalLog.ts";
import { type Caller, callerOf } from "./access.ts";
import { auditOperations } from "./auditOperations.ts";
import { endOperations } from "./endOperations.ts";
import { readJsonBody } from "./jsonBody.ts";
import { logOperations } from "./logOperations.ts";
import { openApiDocument } from "./openApi.ts";
import type { Operation, StreamedAnswer } from "./operation.ts";
import { queryParams } from "./queryParams.ts";
import { restErrors } from "./restError.ts";
import { sessionOperations } from "./sessionOperations.ts";
import { webhookOperations } from "./webhookOperations.ts";

export const operations: readonly Operation[] = [
  ...sessionOperations,
  ...endOperations,
  ...logOperations,
  ...webhookOperations,
  ...auditOperations,
];

interface RestState {
  caller: Caller;
}

/** The routes under `/api`. */
export function restRoutes(services: Services): Router<RestState> {
  const { log } = services;
  const refusals = new RefusalLog(log);
  const router = new Router<RestState>({ prefix: "/api" });
  let document: unknown;

  router.use(
    restErrors((ctx, { code, message }, error) => {
      const fields = { method: ctx.method, path: ctx.path.slice(0, 200), address: services.proxies.originOf(ctx.req).address };
      if (code === "internal") log.error("A REST request failed", { ...fields, error });
      else if (code !== "not_found") refusals.write(`Refused a REST request (${code}): ${message}`, fields);
      if (code === "unauthorized") ctx.set("WWW-Authenticate", "Bearer");
    }),
  );
  // Public: the document reveals nothing that the source does not, and client authors need it before they have a token.
  router.get("/openapi.json", forAnyone, (ctx) => {
    const { localReads, basePath } = services;
    document ??= openApiDocument(operations, {
      localReads,
      basePath,
      cookieName: adminCookieName(ctx.req.socket.localPort ?? 0),
    });
    ctx.body = document;
  });
  router.use(async (ctx, next) => {
    ctx.state.caller = callerOf(ctx.req, services);
    ctx.set("Cache-Control", "no-store");
    await next();
  });
  for (const operation of operations) {
    const path = operation.path.replace("{id}", ":id");
    const allowed = onlyWith(operation.right, ({ state }: RouterContext<RestState>) => state.caller);
    router[operation.method](path, allowed, (ctx) => answer(ctx, operation, services));
  }
  router.all("/{*rest}", forAnyone, () => {
    throw failure("not_found", "no such endpoint");
  });
  return router;
}

const noParams = z.strictObject({});

async function answer(ctx: RouterContext<RestState>, { query, run }: Operation, services: Services): Promise<void> {
  const { caller } = ctx.state;
  const params = new URLSearchParams(ctx.querystring);
  if (query === undefined) queryParams(noParams, params);
  // Read last: who may not do this gets no byte read (rule WEB2).
  const body = ctx.method === "GET" || ctx.method === "HEAD" ? undefined : await readJsonBody(ctx.req);
  let streamed = false;
  const stream = (answer: StreamedAnswer) => {
    streamed = true;
    if (caller.signIn !== null) abortWithSignIn(ctx, caller.signIn, services);
    send(ctx, answer);
  };
  const work = run({ services, caller, body, id: ctx.params.id ?? "", params, stream });
  // A change that has begun is completed. A query is not answered once the caller's sign-in has ended.
  const isQuery = caller.signIn !== null && (ctx.method === "GET" || ctx.method === "HEAD");
  const answered = await (isQuery ? services.signIns.whileValid(caller.signIn, work, signedOut) : work);
  if (!streamed) ctx.body = answered;
}

/** Aborts the response being sent when the caller's sign-in ends, so that it does not look complete. */
function abortWithSignIn({ res }: RouterContext<RestState>, signIn: SignIn, { signIns, log }: Services): void {
  const stop = signIns.watch(signIn, () => {
    log.warn("Aborted a response: the sign-in has ended", { name: signIn.name });
    res.destroy();
  });
  res.once("close", stop);
}

function signedOut(): Error {
  return failure("unauthorized", "the sign-in has ended; sign in again");
}

function send(ctx: RouterContext<RestState>, { type, fileName, body }: StreamedAnswer): void {
  ctx.attachment(fileName);
  ctx.set("Content-Type", type);
  // Set explicitly, because the library's list of compressible types lacks JSON lines.
  ctx.compress = true;
  ctx.body = body;
  // `ctx.body` may be a compressor by then, which does not receive the error: its client would wait for ever.
  body.once("error", (error) => (ctx.body as Readable).destroy(error));
}
