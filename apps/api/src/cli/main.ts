/** Runs the command line. Started by `bin/lastbeat.js`. */
import { setPrivateUmask } from "../files/privateFiles.ts";
import { run } from "./run.ts";
import { processTerminal } from "./terminal.ts";

setPrivateUmask();
process.exitCode = await run(process.argv.slice(2), processTerminal());
