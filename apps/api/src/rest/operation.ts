/** One thing that REST can do: its route and its part of the OpenAPI document are both made from this. */
import type { Readable } from "node:stream";
import type { z } from "zod";
import type { TokenScope } from "../contract/tokens.ts";
import type { Services } from "../services.ts";
import type { Caller } from "./access.ts";

/** What a handler knows of its request. */
export interface Ask {
  readonly services: Services;
  readonly caller: Caller;
  /** The part of the path that names a session; empty where there is none. */
  readonly id: string;
  readonly params: URLSearchParams;
  readonly body: unknown;
  /** For answers that are no JSON. */
  stream(answer: StreamedAnswer): void;
}

export interface StreamedAnswer {
  readonly type: string;
  readonly fileName: string;
  readonly body: Readable;
}

export interface Operation {
  readonly method: "get" | "delete";
  /** Below `/api`; `{id}` stands for a session's id. */
  readonly path: string;
  readonly summary: string;
  /** Kept for those who use it already; the summary names what takes its place. */
  readonly deprecated?: true;
  readonly scope: TokenScope;
  /** What may stand in the query string, which `run` checks with it; nothing may when this is left out. */
  readonly query?: z.ZodType;
  /** Parameters that are other ways to write those of `query`, by name. */
  readonly sugar?: Readonly<Record<string, z.ZodType>>;
  readonly body?: z.ZodType;
  /** What it answers; media types for what is no JSON. */
  readonly answer: z.ZodType | readonly string[];
  /** Answers with what it returns, unless it has called `stream`. */
  run(ask: Ask): Promise<unknown>;
}
