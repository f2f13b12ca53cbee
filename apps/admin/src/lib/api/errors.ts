import { TRPCClientError } from "@trpc/client";

/** The server's error message, or that the connection was lost. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `data` of a server error; empty for any other error. */
export function errorData(error: unknown): Readonly<Record<string, unknown>> {
  return error instanceof TRPCClientError && error.data ? (error.data as Record<string, unknown>) : {};
}
