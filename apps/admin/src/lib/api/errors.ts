import { TRPCClientError } from "@trpc/client";

/** What the server said is wrong, in words; for a lost connection, that. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `data` part of a refusal by the server; empty for every other error. */
export function errorData(error: unknown): Readonly<Record<string, unknown>> {
  return error instanceof TRPCClientError && error.data ? (error.data as Record<string, unknown>) : {};
}
