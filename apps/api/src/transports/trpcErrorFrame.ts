/** An error of this transport's own as a frame, in the shape of those that tRPC's adapter makes. */
import type { Notice } from "@lastbeat/core";
import { TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { TRPC_ERROR_CODES_BY_KEY } from "@trpc/server/rpc";
import { endingCode, errorTable, type TrpcErrorCode } from "../contract/errors.ts";
import type { Envelope, Unaddressed } from "./trpcFrames.ts";

/** What answers a frame of which no message can be answered. */
export const toNobody: Unaddressed = { id: null };

export interface TrpcProblem {
  readonly code: TrpcErrorCode;
  readonly message: string;
  /** Fields of `data` besides those that tRPC has. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export function trpcErrorFrame({ id, jsonrpc }: Envelope | Unaddressed, problem: TrpcProblem): string {
  const code = errorTable[problem.code].trpc;
  const data = { code, httpStatus: getHTTPStatusCodeFromError(new TRPCError({ code })), ...problem.more };
  return JSON.stringify({ id, jsonrpc, error: { message: problem.message, code: TRPC_ERROR_CODES_BY_KEY[code], data } });
}

type Ending = Extract<Notice, { readonly type: "ending" }>;

/** A refused hello, or an end, for a client that subscribes to no events. The close frame that follows says the same in short. */
export function endingProblem({ reason, code, retry, retryAfterMs, detail }: Ending): TrpcProblem {
  const more = { reason, closeCode: code, retry, retryAfterMs };
  return { code: endingCode(reason, retry), message: detail, more };
}
