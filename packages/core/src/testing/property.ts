/** Runs property tests and says how to repeat one that failed. Needs fast-check, so it is no part of `@lastbeat/core/testing`. */
import fc from "fast-check";

/** The seed that `LASTBEAT_TEST_SEED` asks for; by default every run has its own. */
const pinned = process.env.LASTBEAT_TEST_SEED;
const seed = pinned === undefined ? {} : { seed: Number(pinned) };

/**
 * Checks that a property holds for `runs` random cases.
 * @throws with the smallest case that breaks it, and the seed.
 */
export function holds<Ts>(property: fc.IProperty<Ts>, runs = 200): void {
  report(fc.check(property, { numRuns: runs, ...seed }));
}

/** Like `holds` for a property that awaits. */
export async function holdsAsync<Ts>(property: fc.IAsyncProperty<Ts>, runs = 100): Promise<void> {
  report(await fc.check(property, { numRuns: runs, ...seed }));
}

function report<Ts>(details: fc.RunDetails<Ts>): void {
  if (!details.failed) return;
  const message = `${fc.defaultReportMessage(details)}\nLASTBEAT_TEST_SEED=${details.seed} repeats it`;
  throw new Error(message, { cause: details.errorInstance });
}
