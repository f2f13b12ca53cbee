/** The memory port, and a source that knows no limits. */

/** Measures the memory of the process. */
export interface MemorySource {
  /** Resident memory and heap, in bytes; a limit of 0 means unknown. Must be cheap: called once per sample interval. */
  sample(): {
    readonly residentBytes: number;
    readonly residentLimitBytes: number;
    readonly heapUsedBytes: number;
    readonly heapLimitBytes: number;
  };
}

/** For a keeper that does not watch memory: no limit is known, so the level stays `ok`. */
export const unwatchedMemory: MemorySource = {
  sample: () => ({ residentBytes: 0, residentLimitBytes: 0, heapUsedBytes: 0, heapLimitBytes: 0 }),
};
