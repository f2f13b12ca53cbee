/** Converts errors to tRPC errors, with the codes from the error table. */
import { TRPCError } from "@trpc/server";
import { ZodError } from "zod";
import { badInput } from "../contract/checked.ts";
import { type ErrorData, errorTable, INTERNAL_MESSAGE, isKnown, toClientError } from "../contract/errors.ts";

/** Converts a thrown error to its client form. An internal error keeps its cause for the log. */
export function asTrpcError(thrown: unknown): TRPCError {
  const error = causeIn(thrown);
  if (error instanceof TRPCError) return error;
  const { code, message } = toClientError(error, "trpc");
  return new TRPCError({ code: errorTable[code].trpc, message, cause: error });
}

/** Unwraps unknown errors and input errors, which tRPC wraps. */
function causeIn(thrown: unknown): unknown {
  if (!(thrown instanceof TRPCError)) return thrown;
  const { cause, code } = thrown;
  if (cause instanceof ZodError && code === "BAD_REQUEST") return badInput(cause, "input");
  return isKnown(cause) || code === "INTERNAL_SERVER_ERROR" ? (cause ?? thrown) : thrown;
}

/** The fields of an error's `data` besides tRPC's own. */
export function dataOf({ cause }: TRPCError): ErrorData {
  return toClientError(cause, "trpc").data ?? {};
}

/** The message for the client. tRPC's own message for an unknown procedure is replaced with ours. */
export function messageFor(error: TRPCError, path: string | undefined): string {
  if (error.code === "INTERNAL_SERVER_ERROR") return INTERNAL_MESSAGE;
  return error.code === "NOT_FOUND" && error.cause === undefined ? `no such procedure: ${path ?? ""}` : error.message;
}
