/** A REST operation. Both its route and its part of the OpenAPI document are derived from this. */
import type { Readable } from "node:stream";
import type { z } from "zod";
import type { Right } from "../contract/rights.ts";
import type { Services } from "../services.ts";
import type { Caller } from "./access.ts";

/** The request as passed to an operation. */
export interface OperationRequest {
  readonly services: Services;
  readonly caller: Caller;
  /** The id of a session or a user from the path; empty if the path has none. */
  readonly id: string;
  readonly params: URLSearchParams;
  readonly body: unknown;
  /** Sends a response that is not JSON. */
  stream(answer: StreamedAnswer): void;
}

export interface StreamedAnswer {
  readonly type: string;
  readonly fileName: string;
  readonly body: Readable;
}

export interface Operation {
  readonly method: "get" | "post" | "put" | "delete";
  /** Relative to `/api`; `{id}` stands for a session id, or for what `idIs` says. */
  readonly path: string;
  readonly idIs?: string;
  readonly summary: string;
  /** Kept for existing users. The summary names its replacement. */
  readonly deprecated?: true;
  /** The right it needs. */
  readonly right: Right;
  /** Schema of the query string, which `run` validates with it. If omitted, no parameters are allowed. */
  readonly query?: z.ZodType;
  /** Alternative parameters that map to those of `query`, by name. */
  readonly sugar?: Readonly<Record<string, z.ZodType>>;
  readonly body?: z.ZodType;
  /** Schema of the response, or its media types if it is not JSON. */
  readonly answer: z.ZodType | readonly string[];
  /** Returns the response body, unless it has called `stream`. */
  run(request: OperationRequest): Promise<unknown>;
}
