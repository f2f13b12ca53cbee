/** Validates client input against a schema. */
import type { LastbeatError } from "@lastbeat/core/errors";
import type { z } from "zod";
import { type ErrorData, failure } from "./errors.ts";
import { issuesOf, summaryOf } from "./validation.ts";

/** Converts a schema error to `bad_request`. @param root the name for the input as a whole. */
export function badInput(error: z.core.$ZodError, root: string): LastbeatError<"bad_request", ErrorData> {
  const issues = issuesOf(error, root);
  return failure("bad_request", summaryOf(issues), { issues, cause: error });
}

/** Validates part of a request. @throws {LastbeatError} `bad_request` with one issue per field. */
export function checked<T>(schema: z.ZodType<T>, value: unknown, root: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw badInput(parsed.error, root);
}
