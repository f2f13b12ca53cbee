/** REST error responses: `{ "error": { "code", "message", "issues"? } }`. */
import type { ErrorIssue } from "@lastbeat/core";
import type { Context, Middleware } from "koa";
import { z } from "zod";
import { retryAfter } from "../auth/failedAttempts.ts";
import { type ClientError, errorCodes, errorTable, type RestErrorCode, toClientError } from "../contract/errors.ts";

export interface RestErrorBody {
  readonly error: { readonly code: RestErrorCode; readonly message: string; readonly issues?: readonly ErrorIssue[] };
}

const isRestCode = (code: string): code is RestErrorCode => errorTable[code as RestErrorCode].rest !== null;
export const restErrorCodes = errorCodes.filter(isRestCode) as [RestErrorCode, ...RestErrorCode[]];

export const restErrorSchema = z.strictObject({
  error: z.strictObject({
    code: z.enum(restErrorCodes),
    message: z.string(),
    issues: z
      .array(z.strictObject({ field: z.string(), message: z.string() }))
      .optional()
      .describe("one per invalid field"),
  }),
}) satisfies z.ZodType<RestErrorBody>;

type Answered = Omit<ClientError<RestErrorCode>, "data"> & Partial<Pick<ClientError, "data">>;

export function writeRestError(ctx: Context, { code, message, issues, data }: Answered): void {
  if (data?.retryAfterMs !== undefined) ctx.set("Retry-After", retryAfter(data.retryAfterMs));
  ctx.status = errorTable[code].rest;
  ctx.body = { error: { code, message, issues } } satisfies RestErrorBody;
}

/** Middleware that turns thrown errors into responses. `report` is called for every error, whether the client's or the server's fault. */
export function restErrors(report: (ctx: Context, answer: ClientError<RestErrorCode>, error: unknown) => void): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      // The client aborted its request. Handled by the app, like other early disconnects.
      if (error === ctx.req.errored) throw error;
      const answer = toClientError(error, "rest");
      report(ctx, answer, error);
      writeRestError(ctx, answer);
    }
  };
}
