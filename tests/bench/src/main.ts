/** `npm run bench -w tests/bench -- <name>`: runs one benchmark, together with its baselines. */
import { coreBench } from "./core/coreBench.ts";
import { ledgerBench } from "./ledger/ledgerBench.ts";
import { liveTableBench } from "./live/liveTableBench.ts";

const benches: Record<string, (args: string[]) => Promise<void>> = { core: coreBench, ledger: ledgerBench, live: liveTableBench };

const [name = "", ...args] = process.argv.slice(2);
const bench = benches[name];
if (bench === undefined) {
  process.stderr.write(`usage: npm run bench -w tests/bench -- <${Object.keys(benches).join("|")}>\n`);
  process.exitCode = 2;
} else {
  await bench(args);
}
