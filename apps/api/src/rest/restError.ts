/** The one shape of every error that REST answers: `{ "error": { "code", "message", "issues"? } }`. */
import type { ErrorIssue } from "@lastbeat/core";
import type { Context, Middleware } from "koa";
import { z } from "zod";
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
      .describe("one for each field that is wrong"),
  }),
}) satisfies z.ZodType<RestErrorBody>;

export function writeRestError(ctx: Context, { code, message, issues }: Omit<ClientError<RestErrorCode>, "data">): void {
  ctx.status = errorTable[code].rest;
  ctx.body = { error: { code, message, issues } } satisfies RestErrorBody;
}

/** Answers what the handlers throw. `report` hears of every error: a client's mistake or a failure of the server's own. */
export function restErrors(report: (ctx: Context, answer: ClientError<RestErrorCode>, error: unknown) => void): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      // The client broke off what it was sending: left to the app, like others that leave early.
      if (error === ctx.req.errored) throw error;
      const answer = toClientError(error, "rest");
      report(ctx, answer, error);
      writeRestError(ctx, answer);
    }
  };
}
