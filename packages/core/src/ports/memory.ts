/** The port to the process's memory. */

/** The port to the process's memory. */
export interface MemorySource {
  /** Resident memory and heap, in bytes; a limit of 0 means unknown. Must be cheap: called once per sample interval. */
  sample(): {
    readonly residentBytes: number;
    readonly residentLimitBytes: number;
    readonly heapUsedBytes: number;
    readonly heapLimitBytes: number;
  };
}

/** Stands for a memory nobody watches: no limit is known, so no level is ever reached. */
export const unwatchedMemory: MemorySource = {
  sample: () => ({ residentBytes: 0, residentLimitBytes: 0, heapUsedBytes: 0, heapLimitBytes: 0 }),
};
