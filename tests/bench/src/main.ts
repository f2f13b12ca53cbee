/** `npm run bench -- <name>`: runs one benchmark, together with its baselines. */
import { coreBench } from "./core/coreBench.ts";
import { ledgerBench } from "./ledger/ledgerBench.ts";
import { liveTableBench } from "./live/liveTableBench.ts";
import { chatBench } from "./peers/chatBench.ts";
import { peersBench } from "./peers/peersBench.ts";
import { profileBench } from "./peers/profile.ts";
import { webhooksBench } from "./webhooks/webhooksBench.ts";

const benches: Record<string, (args: string[]) => Promise<void>> = {
  chat: chatBench,
  core: coreBench,
  ledger: ledgerBench,
  live: liveTableBench,
  peers: peersBench,
  profile: profileBench,
  webhooks: webhooksBench,
};

const [name = "", ...args] = process.argv.slice(2);
const bench = benches[name];
if (bench === undefined) {
  process.stderr.write(`usage: npm run bench -- <${Object.keys(benches).join("|")}>\n`);
  process.exitCode = 2;
} else {
  await bench(args);
}
