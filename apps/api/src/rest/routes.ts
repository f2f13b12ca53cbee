/** REST: the same questions as the operators' procedures, for curl and scripts. */
import Router from "@koa/router";
import { z } from "zod";
import type { Services } from "../services.ts";
import { callerOf } from "./access.ts";
import { cleanupParams } from "./cleanupParams.ts";
import { readJsonBody } from "./jsonBody.ts";
import { checked, RestError, restErrors } from "./restError.ts";

const endBody = z.strictObject({ note: z.string().trim().max(500).optional() });

interface RestState {
  caller: string;
  body: unknown;
}

/** The routes under `/api`. */
export function restRoutes({ auth, live, store, log }: Services): Router<RestState> {
  const router = new Router<RestState>({ prefix: "/api" });

  router.use(
    restErrors((ctx, { code, message }, error) => {
      const fields = { method: ctx.method, path: ctx.path.slice(0, 200), address: ctx.ip };
      if (code === "internal") log.error("A REST request failed", { ...fields, error });
      else if (code !== "not_found") log.warn(`Refused a REST request (${code}): ${message}`, fields);
    }),
  );
  router.use(async (ctx, next) => {
    // Read first: a body that is no JSON is the client's mistake whoever the client is.
    ctx.state.body = ctx.method === "GET" || ctx.method === "HEAD" ? undefined : await readJsonBody(ctx.req);
    ctx.state.caller = callerOf(ctx.req, auth);
    ctx.set("Cache-Control", "no-store");
    await next();
  });

  router.get("/sessions", async (ctx) => {
    ctx.body = { sessions: await live.all() };
  });
  router.get("/sessions/:id", async (ctx) => {
    ctx.body = (await live.detail(ctx.params.id ?? "")) ?? missing(ctx.params.id);
  });
  router.delete("/sessions/:id", async (ctx) => {
    const { note } = checked(endBody, ctx.state.body ?? {});
    ctx.body = (await live.end(ctx.params.id ?? "", { operator: ctx.state.caller, note })) ?? missing(ctx.params.id);
  });
  router.get("/cleanups", async (ctx) => {
    ctx.body = await store.cleanups.page(cleanupParams(ctx.URL.searchParams));
  });
  router.get("/cleanups/stats", async (ctx) => {
    ctx.body = await store.cleanups.stats(cleanupParams(ctx.URL.searchParams));
  });
  router.get("/cleanups/:id", async (ctx) => {
    ctx.body = (await store.cleanups.get(ctx.params.id ?? "")) ?? missing(ctx.params.id);
  });
  router.all("/{*rest}", () => {
    throw new RestError("not_found", "there is nothing at this address");
  });
  return router;
}

function missing(id: string | undefined): never {
  throw new RestError("not_found", `no session ${id}`);
}
