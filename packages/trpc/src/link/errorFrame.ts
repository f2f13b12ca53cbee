/** An error of a link's own as tRPC's adapter would send it, the router's error formatter included. */
import type { EndReason, Notice } from "@lastbeat/core";
import { type AnyTRPCRouter, getTRPCErrorShape, TRPCError, transformTRPCResponse } from "@trpc/server";
import type { TRPC_ERROR_CODE_KEY } from "@trpc/server/rpc";
import type { CallId, Envelope, Unaddressed } from "./messages.ts";

export interface TrpcProblem {
  readonly code: TRPC_ERROR_CODE_KEY;
  readonly message: string;
  /** Fields of `data` besides those that tRPC has. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export function errorMessage(
  router: AnyTRPCRouter,
  { id, jsonrpc }: Envelope | Unaddressed,
  { code, message, more }: TrpcProblem,
): unknown {
  const config = router._def._config;
  const error = new TRPCError({ code, message });
  const shape = getTRPCErrorShape({ config, error, type: "unknown", path: undefined, input: undefined, ctx: undefined });
  const data = { ...shape.data, ...more };
  return transformTRPCResponse(config, { id, jsonrpc, error: { ...shape, data } });
}

export type Ending = Extract<Notice, { readonly type: "ending" }>;

const known: Partial<Record<EndReason, TRPC_ERROR_CODE_KEY>> = {
  unauthorized: "UNAUTHORIZED",
  server_full: "TOO_MANY_REQUESTS",
};

/** A refused hello, or an end, for a client that subscribes to no events. The close frame that follows says the same in short. */
export function endingProblem({ reason, code, retry, retryAfterMs, detail }: Ending): TrpcProblem {
  const more = { reason, closeCode: code, retry, retryAfterMs };
  return { code: known[reason] ?? (retry ? "SERVICE_UNAVAILABLE" : "BAD_REQUEST"), message: detail, more };
}

export function tooMany(what: string): TrpcProblem {
  return { code: "TOO_MANY_REQUESTS", message: `too many ${what} in progress on this connection` };
}

export function duplicate(id: CallId): TrpcProblem {
  return { code: "BAD_REQUEST", message: `Duplicate id ${id}` };
}
