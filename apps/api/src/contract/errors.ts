/**
 * All error codes, with their representation in REST, tRPC, the JSON socket and the command line. `docs/PROTOCOL.md` and the OpenAPI
 * document are generated from this table.
 */
import type { EndReason, SettingProblem } from "@lastbeat/core";
import { type CoreErrorCode, type ErrorDetails, type ErrorIssue, LastbeatError } from "@lastbeat/core/errors";
import type { TRPC_ERROR_CODE_KEY } from "@trpc/server/rpc";
import type { Right } from "./rights.ts";
import type { SettingsView } from "./views.ts";

type RequestErrorCode = "bad_request" | "bad_json" | "unauthorized" | "forbidden" | "not_found" | "too_large";
type SessionErrorCode = "protocol_error" | "hello_first" | "join_first" | "needs_websocket" | "refused";
type ServerErrorCode = "conflict" | "too_many_attempts" | "rate_limited" | "storage_low" | "busy" | "internal" | "unavailable";
type CommandErrorCode = "usage" | "failed" | "invalid_config" | "cannot_start" | "database_unusable";
export type ErrorCode = CoreErrorCode | RequestErrorCode | SessionErrorCode | ServerErrorCode | CommandErrorCode;

export interface ErrorRow {
  /** HTTP status in REST, whose body carries the code itself; `null` if REST never returns it. */
  readonly rest: number | null;
  readonly trpc: TRPC_ERROR_CODE_KEY | null;
  /** Code of the JSON socket's `error` frame. The socket closes after a fatal one. */
  readonly frame: { readonly code: string; readonly fatal: boolean } | null;
  /** Exit status of the command line and the server; `null` if neither exits with it. */
  readonly exit: 1 | 2 | null;
  /** When it occurs, for the documentation. */
  readonly when: string;
}

const nonFatal = <const Code extends string>(code: Code) => ({ code, fatal: false }) as const;
const fatal = <const Code extends string>(code: Code) => ({ code, fatal: true }) as const;
/** Errors shown only to whoever runs the server or the command line. */
const local = { rest: null, trpc: null, frame: null } as const;

export const errorTable = {
  bad_request: {
    rest: 400,
    trpc: "BAD_REQUEST",
    frame: nonFatal("bad_request"),
    exit: 2,
    when: "a field is missing, invalid or unknown",
  },
  bad_json: {
    rest: 400,
    trpc: "PARSE_ERROR",
    frame: fatal("protocol_error"),
    exit: 2,
    when: "the body or the frame is not JSON, or is nested too deeply",
  },
  protocol_error: {
    rest: null,
    trpc: "PARSE_ERROR",
    frame: fatal("protocol_error"),
    exit: null,
    when: "the frame is not part of the protocol; the JSON socket closes with 4506",
  },
  unauthorized: {
    rest: 401,
    trpc: "UNAUTHORIZED",
    frame: null,
    exit: 1,
    when: "the request has no valid token or sign-in, or it has been revoked",
  },
  forbidden: {
    rest: 403,
    trpc: "FORBIDDEN",
    frame: nonFatal("forbidden"),
    exit: 1,
    when: "the role, the token, the room or the page's origin does not allow this",
  },
  not_found: {
    rest: 404,
    trpc: "NOT_FOUND",
    frame: null,
    exit: 2,
    when: "there is no such endpoint, session, token or revision",
  },
  too_large: { rest: 413, trpc: "PAYLOAD_TOO_LARGE", frame: null, exit: 1, when: "the body is larger than allowed" },
  internal: {
    rest: 500,
    trpc: "INTERNAL_SERVER_ERROR",
    frame: nonFatal("internal"),
    exit: 1,
    when: "the server failed; its log says why",
  },
  unavailable: {
    rest: 503,
    trpc: "SERVICE_UNAVAILABLE",
    frame: nonFatal("unavailable"),
    exit: 1,
    when: "the server cannot do this now; try again later",
  },
  hello_first: {
    rest: null,
    trpc: "PRECONDITION_FAILED",
    frame: nonFatal("hello_first"),
    exit: null,
    when: "a request came before the hello",
  },
  join_first: {
    rest: null,
    trpc: "PRECONDITION_FAILED",
    frame: nonFatal("bad_request"),
    exit: null,
    when: "a message came before any room was joined",
  },
  needs_websocket: {
    rest: null,
    trpc: "PRECONDITION_FAILED",
    frame: null,
    exit: null,
    when: "the procedure was called over HTTP",
  },
  conflict: {
    rest: 409,
    trpc: "CONFLICT",
    frame: nonFatal("conflict"),
    exit: 1,
    when: "the id or the name is in use, or someone else saved first",
  },
  busy: {
    rest: null,
    trpc: "TOO_MANY_REQUESTS",
    frame: nonFatal("busy"),
    exit: null,
    when: "a limit was reached; retry once an earlier request has completed",
  },
  too_many_attempts: {
    rest: 429,
    trpc: "TOO_MANY_REQUESTS",
    frame: null,
    exit: 1,
    when: "too many sign-ins with a wrong link, token or password came from this address; `Retry-After` says when to try again",
  },
  storage_low: {
    rest: null,
    trpc: "SERVICE_UNAVAILABLE",
    frame: nonFatal("storage_low"),
    exit: null,
    when: "the server's disk is nearly full, so it stores no messages; try again later",
  },
  rate_limited: {
    rest: null,
    trpc: "TOO_MANY_REQUESTS",
    frame: nonFatal("rate_limited"),
    exit: null,
    when: "the user sends, or the session asks for, more than it may; `retryAfterMs` says when to try again",
  },
  refused: {
    rest: null,
    trpc: null,
    frame: fatal("refused"),
    exit: null,
    when: "the hello was refused; the close frame says why and whether to retry",
  },
  invalid_settings: {
    rest: null,
    trpc: "BAD_REQUEST",
    frame: null,
    exit: 1,
    when: "a setting is out of range or does not fit the others; `data.problems` names each",
  },
  session_id_taken: { ...local, exit: null, when: "a session with this id was opened before" },
  ledger_unavailable: { ...local, exit: null, when: "the ledger cannot take an opening" },
  end_not_recorded: { ...local, exit: null, when: "the ledger did not record an end" },
  usage: { ...local, exit: 2, when: "the command line is invalid" },
  failed: { ...local, exit: 1, when: "a command failed" },
  invalid_config: { ...local, exit: 1, when: "the configuration is invalid" },
  cannot_start: { ...local, exit: 1, when: "the server cannot listen, or cannot write its log" },
  database_unusable: { ...local, exit: 1, when: "the database cannot be opened" },
} as const satisfies Record<ErrorCode, ErrorRow>;

export const errorCodes = Object.keys(errorTable) as ErrorCode[];

/** The interface through which a client receives errors. */
export type ErrorChannel = "rest" | "trpc" | "frame";
type CodesOf<Channel extends ErrorChannel> = {
  [C in ErrorCode]: (typeof errorTable)[C][Channel] extends null ? never : C;
}[ErrorCode];
export type RestErrorCode = CodesOf<"rest">;
export type TrpcErrorCode = CodesOf<"trpc">;
export type FrameErrorCode = CodesOf<"frame">;

/** Machine-readable error data besides the issues. */
export interface ErrorData {
  /** `invalid_settings`: one per setting. */
  readonly problems?: readonly SettingProblem[];
  /** `conflict`: the settings in force. */
  readonly current?: SettingsView;
  /** `too_many_attempts` and `rate_limited`: when to try again, from now. */
  readonly retryAfterMs?: number;
}

/** An error with a code of the table: `throw failure("not_found", "no such session")`. */
export function failure<Code extends ErrorCode, Data = ErrorData>(
  code: Code,
  message: string,
  details?: ErrorDetails<Data>,
): LastbeatError<Code, Data> {
  return new LastbeatError(code, message, details);
}

/** A `bad_request` for a single field. */
export function badField(field: string, message: string): LastbeatError<"bad_request", ErrorData> {
  return failure("bad_request", `${field}: ${message}`, { issues: [{ field, message }] });
}

/** The caller is known but may not do this. */
export function lackingRight(right: Right, name: string): LastbeatError<"forbidden", ErrorData> {
  return failure("forbidden", `this requires the right ${right}, which ${name} does not have`);
}

/** The cursor was not issued by this server for this query. @param what the expected kind of cursor. */
export function badCursor(what: string): LastbeatError<"bad_request", ErrorData> {
  return badField("cursor", `expected a cursor ${what}, got another`);
}

export interface ClientError<Code extends ErrorCode = ErrorCode> {
  readonly code: Code;
  readonly message: string;
  readonly issues: readonly ErrorIssue[] | undefined;
  readonly data: ErrorData | undefined;
}

/** Converts a thrown value for a client. Client errors keep their details; anything else becomes a plain internal error. */
export function toClientError(thrown: unknown, channel: "rest"): ClientError<RestErrorCode>;
export function toClientError(thrown: unknown, channel: "trpc"): ClientError<TrpcErrorCode>;
export function toClientError(thrown: unknown, channel: "frame"): ClientError<FrameErrorCode>;
export function toClientError(thrown: unknown, channel: ErrorChannel): ClientError {
  if (!isKnown(thrown) || errorTable[thrown.code][channel] === null || thrown.code === "internal") return internalError;
  const { code, message, issues, data } = thrown;
  return { code, message, issues, data };
}

export const INTERNAL_MESSAGE = "internal server error";
const internalError: ClientError = { code: "internal", message: INTERNAL_MESSAGE, issues: undefined, data: undefined };

/** Whether this error has a code from the table. */
export function isKnown(thrown: unknown): thrown is LastbeatError<ErrorCode, ErrorData> {
  return thrown instanceof LastbeatError && Object.hasOwn(errorTable, thrown.code);
}

/** Exit status of a process that ends with this error; `null` for an internal error. */
export function exitStatusOf(thrown: unknown): 1 | 2 | null {
  return isKnown(thrown) ? errorTable[thrown.code].exit : null;
}

/** End reasons with their own error code. */
const endCodes: Partial<Record<EndReason, TrpcErrorCode>> = { unauthorized: "unauthorized", server_full: "busy" };

/** The error code for a refused `session.open`. */
export function refusedHelloCode(reason: EndReason): TrpcErrorCode {
  return endCodes[reason] ?? "bad_request";
}

/** The error code for a hello refused in `connectionParams`, or for an end that no subscription reports. */
export function endingCode(reason: EndReason, retry: boolean): TrpcErrorCode {
  return endCodes[reason] ?? (retry ? "unavailable" : "bad_request");
}
