/**
 * `npm run mutate [-- WORD…]`: breaks one rule after another and reports which tests caught it. Takes half a minute per mutation.
 * With words, it runs only the mutations whose rule, description or file contains one of them.
 * Exit code 0: every mutant was caught; 1: one survived, or proved nothing because it does not fit, does not compile or breaks
 * the run.
 */
import { mutations } from "./mutations/catalogue.ts";
import { MutantCompiler } from "./mutations/mutantCompiler.ts";
import { MutatedCopy } from "./mutations/mutatedCopy.ts";
import { type Mutation, nameOf, testsOf } from "./mutations/mutation.ts";
import { commandOf, projectRoot } from "./processes.ts";

const SHOWN = 3;

const words = process.argv.slice(2);
const chosen = mutations.filter(
  (mutation) => words.length === 0 || words.some((word) => nameOf(mutation).includes(word) || mutation.file.includes(word)),
);
using copy = new MutatedCopy(projectRoot, commandOf("vitest"));
// The compiler checks the copy that the tests run, even if the project is edited meanwhile.
const compiler = new MutantCompiler(copy.folder, chosen);

/** Tests that fail without any mutation would seem to catch everything. */
async function checkUnbroken(): Promise<void> {
  const tests = [...new Set(chosen.flatMap(testsOf))];
  const failing = tests.length === 0 ? [] : await copy.failingNow(tests);
  if (failing.length > 0) throw new Error(`these tests fail without any mutation: ${failing.join("; ")}`);
}

/** @returns the titles of the tests that caught the mutant. */
async function noticedBy(mutation: Mutation): Promise<string[]> {
  const problems = compiler.problemsOf(mutation);
  if (problems.length > 0) throw new Error(`it does not compile: ${problems.join("; ")}`);
  return copy.failing(mutation, testsOf(mutation));
}

const counts = { caught: 0, survived: 0, broken: 0 };

async function tryOut(mutation: Mutation): Promise<void> {
  try {
    const failing = await noticedBy(mutation);
    const outcome = failing.length === 0 ? "survived" : "caught";
    counts[outcome] += 1;
    console.log(`${outcome.padEnd(8)}  ${nameOf(mutation)}: ${failing.length} tests`);
    for (const title of failing.slice(0, SHOWN)) console.log(`          ${title}`);
  } catch (error) {
    counts.broken += 1;
    console.log(`BROKEN    ${nameOf(mutation)}: ${(error as Error).message}`);
  }
}

await checkUnbroken();
for (const mutation of chosen) await tryOut(mutation);
console.log(`${chosen.length} mutations: ${counts.caught} caught, ${counts.survived} survived, ${counts.broken} proved nothing`);
process.exitCode = counts.caught === chosen.length && chosen.length > 0 ? 0 : 1;
