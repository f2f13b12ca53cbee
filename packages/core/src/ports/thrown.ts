/** Describes thrown values as text. Anything can be thrown, including values that cannot be converted to a string. */

const UNPRINTABLE = "something that cannot be shown";

/** Describes a thrown value in one line. Never throws. */
export function causeOf(thrown: unknown): string {
  return describeSafely(thrown, (error) => `${error.name}: ${error.message}`);
}

/** The message alone, without the class name. Never throws. */
export function messageOf(thrown: unknown): string {
  return describeSafely(thrown, (error) => String(error.message));
}

function describeSafely(thrown: unknown, describe: (error: Error) => string): string {
  try {
    return thrown instanceof Error ? describe(thrown) : String(thrown);
  } catch {
    return UNPRINTABLE;
  }
}
