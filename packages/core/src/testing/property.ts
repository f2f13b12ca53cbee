/**
 * Runs property tests and reports how to repeat a failed one. Needs fast-check, so it is not part of `@lastbeat/core/testing`.
 */
import fc from "fast-check";

/** The seed set by `LASTBEAT_TEST_SEED`; by default, every run draws its own. */
const pinned = process.env.LASTBEAT_TEST_SEED;
const seed = pinned === undefined ? {} : { seed: Number(pinned) };

/**
 * Checks that a property holds for `runs` random cases.
 * @throws with the smallest counterexample, and the seed.
 */
export function holds<Ts>(property: fc.IProperty<Ts>, runs = 200): void {
  report(fc.check(property, { numRuns: runs, ...seed }));
}

/** Like `holds`, for an asynchronous property. */
export async function holdsAsync<Ts>(property: fc.IAsyncProperty<Ts>, runs = 100): Promise<void> {
  report(await fc.check(property, { numRuns: runs, ...seed }));
}

function report<Ts>(details: fc.RunDetails<Ts>): void {
  if (!details.failed) return;
  const message = `${fc.defaultReportMessage(details)}\nLASTBEAT_TEST_SEED=${details.seed} repeats it`;
  throw new Error(message, { cause: details.errorInstance });
}
