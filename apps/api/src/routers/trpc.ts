/** Base procedures: open to all, with a session, counted as activity, for operators with a right. Each declares the access it needs. */
import { initTRPC } from "@trpc/server";
import { isObservable, observable } from "@trpc/server/observable";
import type { Actor } from "../auth/audit.ts";
import type { SignIn, SignIns } from "../auth/signIns.ts";
import { isTooDeep, TOO_DEEP } from "../contract/clientJson.ts";
import { failure, lackingRight } from "../contract/errors.ts";
import type { Access, Right } from "../contract/rights.ts";
import type { Context } from "./context.ts";
import { asTrpcError, dataOf, messageFor } from "./trpcError.ts";

/** Declared by every procedure; a test walks the router and compares the public ones with a list. */
interface Meta {
  readonly access: Access;
}

const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    // Never send stack traces to clients, whatever NODE_ENV says.
    isDev: false,
    errorFormatter({ shape, error, path }) {
      const { problems, current, retryAfterMs } = dataOf(error);
      return { ...shape, message: messageFor(error, path), data: { ...shape.data, problems, current, retryAfterMs } };
    },
  });

export const router = t.router;

/** Procedures a connection may call before its hello. */
const beforeHello = new Set(["session.open", "session.events", "auth.me"]);
/** Procedures for everyone that a session's connection is needed for. */
const overWebSocket = new Set(["session.open", "session.events"]);

/** WebSocket input was checked when its frame was parsed. */
async function checkDepth({ link }: Context, getRawInput: () => Promise<unknown>): Promise<void> {
  if (link === null && isTooDeep(await getRawInput())) throw asTrpcError(failure("bad_request", `the input ${TOO_DEEP}`));
}

/** For everyone. On a WebSocket, only after the hello. */
export const open = t.procedure.meta({ access: "anyone" }).use(async ({ ctx, path, getRawInput, next }) => {
  if (ctx.link === null && overWebSocket.has(path)) throw asTrpcError(needsWebSocket(path));
  await checkDepth(ctx, getRawInput);
  if (ctx.link !== null && ctx.session === null && !beforeHello.has(path)) throw asTrpcError(helloFirst());
  const result = await next();
  if (!result.ok) throw asTrpcError(result.error);
  return result;
});

/** For callers with a session. Not built on `open`, for each step costs tRPC 4 KB of garbage per call. */
export const withSession = t.procedure.meta({ access: "session" }).use(async ({ ctx, getRawInput, next }) => {
  const { session } = ctx;
  if (session === null) throw asTrpcError(helloFirst());
  await checkDepth(ctx, getRawInput);
  const result = await next({ ctx: { ...ctx, session } });
  if (!result.ok) throw asTrpcError(result.error);
  return result;
});

/** Counts the call as user activity and moves the idle deadline. Must follow `.input`, since a rejected call is no activity (rule TO1). */
export const touching = t.middleware(({ ctx, next }) => {
  ctx.session?.touch();
  return next();
});

/** For callers with a session. Counts as user activity and takes no input. */
export const activity = withSession.use(touching);

/**
 * For signed-in operators, with a right if one is given. Once the sign-in has ended, a query is not answered and a subscription ends. A
 * mutation that has begun is completed: withholding its answer would not undo it.
 */
function operatorProcedure(access: Right | "operator") {
  return open.meta({ access }).use(async ({ ctx, type, next }) => {
    const { signIn, services, address } = ctx;
    if (signIn === null) throw failure("unauthorized", "sign in first");
    if (access !== "operator" && !signIn.rights.has(access)) throw lackingRight(access, signIn.name);
    /** Who it is, and from where, for what is recorded. */
    const operator: Actor = { name: signIn.name, address };
    const work = next({ ctx: { ...ctx, signIn, operator } });
    if (type === "mutation") return work;
    const result = await services.signIns.whileValid(signIn, work, signedOut);
    if (type === "query" || !result.ok) return result;
    return { ...result, data: untilSignOut(result.data, signIn, services.signIns) };
  });
}

export const signedIn = operatorProcedure("operator");
export const operatorWith = (right: Right) => operatorProcedure(right);

/** Forwards an operator's subscription until the sign-in ends. */
function untilSignOut(source: unknown, signIn: SignIn, signIns: SignIns) {
  if (!isObservable(source)) throw new TypeError("an operator's subscription must return an observable");
  return observable<unknown, unknown>((observer) => {
    const stop = signIns.watch(signIn, () => {
      subscription.unsubscribe();
      observer.error(asTrpcError(signedOut()));
    });
    const subscription = source.subscribe(observer);
    return () => {
      stop();
      subscription.unsubscribe();
    };
  });
}

function signedOut(): Error {
  return failure("unauthorized", "the sign-in has ended; sign in again");
}

/** For a procedure that was called over HTTP. */
export function needsWebSocket(path: string): Error {
  return failure("needs_websocket", `${path} requires a WebSocket`);
}

function helloFirst(): Error {
  return failure("hello_first", "say hello first: call session.open on this WebSocket");
}
