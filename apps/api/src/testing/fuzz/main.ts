/** `npm run fuzz:frames -- [seconds] [seed]`: hostile frames against a real server for as long as wanted. */
import { fuzzServer } from "./fuzzServer.ts";

const [seconds = "60", wanted] = process.argv.slice(2);
const seed = wanted === undefined ? Date.now() % 2 ** 31 : Number(wanted);
process.stdout.write(`seed ${seed}\n`);
const { connections, frames } = await fuzzServer(seed, Number(seconds) * 1_000);
process.stdout.write(`${frames} hostile frames on ${connections} connections: the server stood them all\n`);
