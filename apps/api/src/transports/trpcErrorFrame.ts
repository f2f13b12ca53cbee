/** An error of this transport's own as a frame, in the shape of those that tRPC's adapter makes. */
import type { EndReason, Notice } from "@lastbeat/core";
import { TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { type TRPC_ERROR_CODE_KEY, TRPC_ERROR_CODES_BY_KEY } from "@trpc/server/rpc";
import type { Envelope, Unaddressed } from "./trpcFrames.ts";

/** What answers a frame of which no message can be answered. */
export const toNobody: Unaddressed = { id: null };

export interface TrpcProblem {
  readonly code: TRPC_ERROR_CODE_KEY;
  readonly message: string;
  /** Fields of `data` besides those that tRPC has. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export function trpcErrorFrame({ id, jsonrpc }: Envelope | Unaddressed, { code, message, more }: TrpcProblem): string {
  const data = { code, httpStatus: getHTTPStatusCodeFromError(new TRPCError({ code })), ...more };
  return JSON.stringify({ id, jsonrpc, error: { message, code: TRPC_ERROR_CODES_BY_KEY[code], data } });
}

type Ending = Extract<Notice, { readonly type: "ending" }>;

/** A refused hello, or an end, for a client that subscribes to no events. The close frame that follows says the same in short. */
export function endingProblem({ reason, code, retry, retryAfterMs, detail }: Ending): TrpcProblem {
  const known: Partial<Record<EndReason, TRPC_ERROR_CODE_KEY>> = {
    unauthorized: "UNAUTHORIZED",
    server_full: "TOO_MANY_REQUESTS",
  };
  const more = { reason, closeCode: code, retry, retryAfterMs };
  return { code: known[reason] ?? (retry ? "SERVICE_UNAVAILABLE" : "BAD_REQUEST"), message: detail, more };
}
