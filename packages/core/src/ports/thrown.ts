/** What was thrown, in words. Anything can be thrown, also what cannot be shown. */

const UNSHOWABLE = "something that cannot be shown";

/** One line that says what was thrown. Never throws itself. */
export function causeOf(thrown: unknown): string {
  return inWords(thrown, (error) => `${error.name}: ${error.message}`);
}

/** The message alone, for a reader who needs no name of a class. Never throws itself. */
export function messageOf(thrown: unknown): string {
  return inWords(thrown, (error) => String(error.message));
}

function inWords(thrown: unknown, describe: (error: Error) => string): string {
  try {
    return thrown instanceof Error ? describe(thrown) : String(thrown);
  } catch {
    return UNSHOWABLE;
  }
}
