/** The kinds of procedures: open to all, with a session, counted as activity, for operators. */
import { initTRPC, TRPCError } from "@trpc/server";
import { z } from "zod";
import { isTooDeep, TOO_DEEP } from "../contract/clientJson.ts";
import { SettingsConflict, SettingsRejected } from "../settings/desk.ts";
import { BadCursorError } from "../store/store.ts";
import { StoreUnavailableError } from "../store/storeErrors.ts";
import type { Context } from "./context.ts";

const t = initTRPC.context<Context>().create({
  // Never send stack traces to clients, whatever NODE_ENV says.
  isDev: false,
  errorFormatter({ shape, error }) {
    const { cause } = error;
    return {
      ...shape,
      message: cause instanceof z.ZodError ? z.prettifyError(cause) : shape.message,
      data: {
        ...shape.data,
        problems: cause instanceof SettingsRejected ? cause.problems : undefined,
        current: cause instanceof SettingsConflict ? cause.current : undefined,
      },
    };
  },
});

export const router = t.router;

/** What a connection may call before its hello. */
const beforeHello = new Set(["session.open", "session.events", "auth.me"]);

/** For everyone; on a WebSocket, after its hello. */
export const open = t.procedure.use(async ({ ctx, path, getRawInput, next }) => {
  // What came over a WebSocket was looked at when its frame was read.
  if (ctx.link === null && isTooDeep(await getRawInput()))
    throw new TRPCError({ code: "BAD_REQUEST", message: `the input ${TOO_DEEP}` });
  if (ctx.link !== null && ctx.session === null && !beforeHello.has(path)) throw helloFirst();
  const result = await next();
  if (!result.ok) throw inOurWords(result.error);
  return result;
});

/** For callers with a session. */
export const withSession = open.use(({ ctx, next }) => {
  const { session } = ctx;
  if (session === null) throw helloFirst();
  return next({ ctx: { ...ctx, session } });
});

/** For callers with a session, and something the user did: it moves the idle deadline. */
export const activity = withSession.use(({ ctx, next }) => {
  ctx.session.touch();
  return next();
});

/** For signed-in operators. */
export const admin = open.use(({ ctx, next }) => {
  if (ctx.admin === null) throw new TRPCError({ code: "UNAUTHORIZED", message: "sign in as an operator first" });
  return next({ ctx: { ...ctx, admin: ctx.admin } });
});

/** The store's errors that are no failure of the server's own. */
function inOurWords(error: TRPCError): TRPCError {
  const { cause } = error;
  if (cause instanceof BadCursorError) return new TRPCError({ code: "BAD_REQUEST", message: cause.message, cause });
  if (cause instanceof StoreUnavailableError)
    return new TRPCError({ code: "SERVICE_UNAVAILABLE", message: cause.message, cause });
  return error;
}

function helloFirst(): TRPCError {
  return new TRPCError({ code: "PRECONDITION_FAILED", message: "say hello first: call session.open on this WebSocket" });
}
