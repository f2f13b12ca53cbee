/** `npm run check`: types, lint and Svelte checks, run in parallel. */
import { webApps } from "./inputsHash.ts";
import { commandOf, type Finished, runNode, secondsText } from "./processes.ts";

interface Check {
  readonly name: string;
  readonly run: () => Promise<Finished>;
}

async function appCheck(folder: string): Promise<Finished> {
  // The app's tsconfig extends one that SvelteKit generates.
  const sync = await runNode([commandOf("@sveltejs/kit", "svelte-kit"), "sync"], { folder });
  return sync.ok ? svelteCheck(folder) : sync;
}

function svelteCheck(folder: string): Promise<Finished> {
  return runNode([commandOf("svelte-check"), "--tsconfig", "./tsconfig.json", "--output", "human", "--fail-on-warnings"], {
    folder,
  });
}

const checks: readonly Check[] = [
  { name: "types", run: () => runNode([commandOf("typescript", "tsc"), "-p", "."]) },
  { name: "lint", run: () => runNode([commandOf("@biomejs/biome"), "check", "."]) },
  { name: "svelte web", run: () => svelteCheck("packages/web") },
  ...webApps.map((app): Check => ({ name: `svelte ${app}`, run: () => appCheck(`apps/${app}`) })),
];

async function report({ name, run }: Check): Promise<string | undefined> {
  const { ok, output, ms } = await run();
  console.log(`${ok ? "ok  " : "FAIL"} ${name} (${secondsText(ms)})`);
  if (ok) return undefined;
  console.log(`\n${output}\n`);
  return name;
}

const failed = (await Promise.all(checks.map(report))).filter((name) => name !== undefined);
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(", ")}`);
  process.exitCode = 1;
}
