/** The one class of errors that callers tell apart: by a code, not by a class. */

/** One thing that is wrong, and where: a field, a parameter, a key of the configuration. */
export interface ErrorIssue {
  readonly field: string;
  readonly message: string;
}

export interface ErrorDetails<Data = unknown> {
  readonly cause?: unknown;
  readonly issues?: readonly ErrorIssue[] | undefined;
  /** What the code alone does not say, for a program. */
  readonly data?: Data | undefined;
}

/** Codes of the errors that core itself throws. */
export type CoreErrorCode = "invalid_settings" | "session_id_taken" | "ledger_unavailable" | "end_not_recorded";

export class LastbeatError<Code extends string = string, Data = unknown> extends Error {
  override readonly name: string = "LastbeatError";
  readonly code: Code;
  readonly issues: readonly ErrorIssue[] | undefined;
  readonly data: Data | undefined;

  /** @param message no leading capital, no full stop: it is also shown as a part of other sentences. */
  constructor(code: Code, message: string, details: ErrorDetails<Data> = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.issues = details.issues;
    this.data = details.data;
  }
}

/** Whether this was thrown with one of these codes. */
export function hasCode<Code extends string>(thrown: unknown, ...codes: readonly Code[]): thrown is LastbeatError<Code> {
  return thrown instanceof LastbeatError && (codes as readonly string[]).includes(thrown.code);
}
