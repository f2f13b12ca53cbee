/** A configuration key other than the keeper's settings. */
export interface ServerField<T> {
  /** Its path in `config/config.yaml`. */
  readonly path: string;
  readonly default: T;
  /** Follows "expected" in error messages. */
  readonly expected: string;
  /** The parsed value, or `undefined` if it is not allowed. */
  readonly read: (written: unknown) => T | undefined;
  /** Converts an environment variable's text to the value the file would hold. */
  readonly fromText: (text: string) => unknown;
  /** Whether messages must not show the value. */
  readonly isSecret?: true;
  /** Describes why a value is not allowed, where "expected … got …" does not do. */
  readonly problem?: (written: unknown) => string | undefined;
  /** What operators see of a value that holds a secret. */
  readonly shown?: (written: unknown) => unknown;
}

/** A text for which the file has the word `none`. */
export function orNull(value: string): string | null {
  return value === "none" ? null : value;
}
