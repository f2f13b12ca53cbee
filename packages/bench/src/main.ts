/** `npm run bench -w packages/bench -- <name>`: measures ratios against peers in one run. */
import { coreBench } from "./core/coreBench.ts";

const benches: Record<string, (args: string[]) => Promise<void>> = { core: coreBench };

const [name = "", ...args] = process.argv.slice(2);
const bench = benches[name];
if (bench === undefined) {
  process.stderr.write(`usage: npm run bench -w packages/bench -- <${Object.keys(benches).join("|")}>\n`);
  process.exitCode = 2;
} else {
  await bench(args);
}
