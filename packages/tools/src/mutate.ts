/** `npm run mutate`: breaks one rule of the core after the other and says which tests noticed. Takes some minutes. */
import { mutations } from "./mutations/catalogue.ts";
import { MutatedCopy } from "./mutations/mutatedCopy.ts";
import { commandOf, projectRoot } from "./processes.ts";

const SHOWN = 3;

using copy = new MutatedCopy(projectRoot, commandOf("vitest"));
let survivors = 0;
for (const mutation of mutations) {
  const failing = await copy.failing(mutation);
  console.log(
    `${failing.length === 0 ? "SURVIVED" : "caught"}  ${mutation.rule}  a core that ${mutation.does}: ${failing.length} tests`,
  );
  for (const title of failing.slice(0, SHOWN)) console.log(`          ${title}`);
  if (failing.length === 0) survivors += 1;
}
console.log(`${mutations.length} mutations, ${survivors} survived`);
process.exitCode = survivors === 0 ? 0 : 1;
