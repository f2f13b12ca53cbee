/** Errors as tRPC takes them: with the code that the table of errors has for tRPC. */
import { TRPCError } from "@trpc/server";
import { ZodError } from "zod";
import { badInput } from "../contract/checked.ts";
import { type ErrorData, errorTable, INTERNAL_MESSAGE, isKnown, toClientError } from "../contract/errors.ts";

/** What a procedure threw, as a client is told it. A fault of the server's own keeps its cause, for the log. */
export function asTrpcError(thrown: unknown): TRPCError {
  const error = causeIn(thrown);
  if (error instanceof TRPCError) return error;
  const { code, message } = toClientError(error, "trpc");
  return new TRPCError({ code: errorTable[code].trpc, message, cause: error });
}

/** tRPC wraps what it does not know, and what its input parsers throw. */
function causeIn(thrown: unknown): unknown {
  if (!(thrown instanceof TRPCError)) return thrown;
  const { cause, code } = thrown;
  if (cause instanceof ZodError && code === "BAD_REQUEST") return badInput(cause, "input");
  return isKnown(cause) || code === "INTERNAL_SERVER_ERROR" ? (cause ?? thrown) : thrown;
}

/** What an error's `data` has besides tRPC's own fields. */
export function dataOf({ cause }: TRPCError): ErrorData {
  return toClientError(cause, "trpc").data ?? {};
}

/** The message that a client gets; tRPC's own for calls that reach no procedure are put in our style. */
export function messageFor(error: TRPCError, path: string | undefined): string {
  if (error.code === "INTERNAL_SERVER_ERROR") return INTERNAL_MESSAGE;
  return error.code === "NOT_FOUND" && error.cause === undefined ? `no such procedure: ${path ?? ""}` : error.message;
}
