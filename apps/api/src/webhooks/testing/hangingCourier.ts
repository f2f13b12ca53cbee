/** A courier that hears nothing any more: a thread in an endless loop. */
import { parentPort } from "node:worker_threads";

parentPort?.postMessage({ type: "problem", message: "about to hang" });
for (;;);
