/** The one error class. Callers distinguish errors by `code`, not by class. */

/** One problem and where it is: a field, a parameter or a configuration key. */
export interface ErrorIssue {
  readonly field: string;
  readonly message: string;
}

export interface ErrorDetails<Data = unknown> {
  readonly cause?: unknown;
  readonly issues?: readonly ErrorIssue[] | undefined;
  /** Machine-readable details beyond the code. */
  readonly data?: Data | undefined;
}

/** Codes of the errors that core throws. */
export type CoreErrorCode = "invalid_settings" | "session_id_taken" | "ledger_unavailable" | "end_not_recorded";

export class LastbeatError<Code extends string = string, Data = unknown> extends Error {
  override readonly name: string = "LastbeatError";
  readonly code: Code;
  readonly issues: readonly ErrorIssue[] | undefined;
  readonly data: Data | undefined;

  /** @param message no leading capital and no full stop, because it is also embedded in other sentences. */
  constructor(code: Code, message: string, details: ErrorDetails<Data> = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.issues = details.issues;
    this.data = details.data;
  }
}

/** Whether `thrown` is a `LastbeatError` with one of these codes. */
export function hasCode<Code extends string>(thrown: unknown, ...codes: readonly Code[]): thrown is LastbeatError<Code> {
  return thrown instanceof LastbeatError && (codes as readonly string[]).includes(thrown.code);
}
