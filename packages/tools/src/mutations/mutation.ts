/** A mutation: one rule, broken in one place in the code. */

export interface Mutation {
  readonly rule: string;
  /** What the mutant does. */
  readonly does: string;
  /** Path relative to the project root. */
  readonly file: string;
  /** The text to replace; must occur in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Paths of the tests to run; default: every test of the file's workspace. */
  readonly tests?: readonly string[];
}

/** `HB6 judges a beat …` */
export function nameOf({ rule, does }: Mutation): string {
  return `${rule} ${does}`;
}

/** Paths of the tests that must catch it. */
export function testsOf({ file, tests }: Mutation): readonly string[] {
  return tests ?? [file.split("/").slice(0, 2).join("/")];
}

/**
 * The file's text with the rule broken.
 * @throws {Error} when the text to replace does not occur in it exactly once.
 */
export function mutated(mutation: Mutation, source: string): string {
  const { file, find, replace } = mutation;
  const times = source.split(find).length - 1;
  if (times !== 1) throw new Error(`${nameOf(mutation)}: ${file} holds the text to replace ${times} times instead of once`);
  return source.replace(find, () => replace);
}
