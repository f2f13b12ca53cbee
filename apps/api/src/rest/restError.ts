/** The one shape of every error that REST answers: `{ "error": { "code", "message", "issues"? } }`. */
import type { Context, Middleware } from "koa";
import { z } from "zod";
import { BadCursorError } from "../ledger/store.ts";
import { StoreUnavailableError } from "../ledger/storeErrors.ts";

export const restErrorStatuses = {
  bad_request: 400,
  bad_json: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  too_large: 413,
  internal: 500,
  unavailable: 503,
} as const;

export type RestErrorCode = keyof typeof restErrorStatuses;

/** One thing wrong with one field of the request. */
export interface RestIssue {
  readonly field: string;
  readonly message: string;
}

export interface RestErrorBody {
  readonly error: { readonly code: RestErrorCode; readonly message: string; readonly issues?: readonly RestIssue[] };
}

const codes = Object.keys(restErrorStatuses) as [RestErrorCode, ...RestErrorCode[]];

export const restErrorSchema = z.strictObject({
  error: z.strictObject({
    code: z.enum(codes),
    message: z.string(),
    issues: z
      .array(z.strictObject({ field: z.string(), message: z.string() }))
      .optional()
      .describe("one for each field that is wrong"),
  }),
}) satisfies z.ZodType<RestErrorBody>;

export class RestError extends Error {
  readonly code: RestErrorCode;
  readonly issues: readonly RestIssue[] | undefined;
  constructor(code: RestErrorCode, message: string, issues?: readonly RestIssue[]) {
    super(message);
    this.name = "RestError";
    this.code = code;
    this.issues = issues;
  }
}

/** Checks a request's part against a schema. @throws {RestError} with one issue a field. */
export function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.flatMap(issuesOf);
  throw new RestError(
    "bad_request",
    issues.map(({ field, message }) => `${field}: ${message}`.replace(/^: /, "")).join("; "),
    issues,
  );
}

/** What is unknown is named like every other field that is wrong. */
function issuesOf(issue: z.core.$ZodIssue): RestIssue[] {
  if (issue.code !== "unrecognized_keys") return [{ field: issue.path.join("."), message: issue.message }];
  return issue.keys.map((key) => ({ field: [...issue.path, key].join("."), message: "unknown" }));
}

export function writeRestError(ctx: Context, { code, message, issues }: RestError): void {
  ctx.status = restErrorStatuses[code];
  ctx.body = { error: { code, message, issues } } satisfies RestErrorBody;
}

/** What a client is told of an error. */
export function asRestError(error: unknown): RestError {
  if (error instanceof RestError) return error;
  if (error instanceof BadCursorError)
    return new RestError("bad_request", error.message, [{ field: "cursor", message: error.message }]);
  if (error instanceof StoreUnavailableError) return new RestError("unavailable", error.message);
  return new RestError("internal", "the server failed to do this");
}

/** Answers what the handlers throw. `report` hears of every error: a client's mistake or a failure of the server's own. */
export function restErrors(report: (ctx: Context, answer: RestError, error: unknown) => void): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      // The client broke off what it was sending: left to the app, like others that leave early.
      if (error === ctx.req.errored) throw error;
      const answer = asRestError(error);
      report(ctx, answer, error);
      writeRestError(ctx, answer);
    }
  };
}
