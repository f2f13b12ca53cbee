/** `npm run fuzz -- [minutes] [seed] [path]`: random conversations with a real server at every door, for as long as wanted. */
import { fuzz } from "./fuzz.ts";

const [minutes = "10", wanted, path] = process.argv.slice(2);
const seed = wanted === undefined ? Date.now() % 2 ** 31 : Number(wanted);
if (!(Number(minutes) > 0) || !Number.isInteger(seed)) {
  process.stderr.write("usage: npm run fuzz -- [minutes] [seed] [path]\n");
  process.exit(2);
}
process.stdout.write(`seed ${seed}\n`);
try {
  const report = await fuzz({ seed, durationMs: Number(minutes) * 60_000, ...(path === undefined ? {} : { path }) });
  const { conversations, frames, sessions, worstEchoMs, memoryMiB } = report;
  process.stdout.write(
    `${conversations} conversations with ${frames} frames: the server stood them all\n` +
      `${sessions} sessions, each ended once and the ledger verified; the longest that a healthy session waited: ${worstEchoMs.toFixed(0)} ms\n` +
      `memory ${memoryMiB.join(" → ")} MiB (warm, at its peak, in the end)\n`,
  );
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
