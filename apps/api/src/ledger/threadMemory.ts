/** Memory of the ledger's threads. */
import type { ResourceLimits } from "node:worker_threads";

/**
 * What a thread makes is gone after each message, so V8's young generation need not be as large as by default: with three threads that was
 * 100 MB of memory, and less of it costs no processor time.
 */
export const threadMemory: ResourceLimits = { maxYoungGenerationSizeMb: 8 };
