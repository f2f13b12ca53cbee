/** Runs long work in short time slices, so that an operator's table delays no heartbeat. */

/** Maximum length of one slice. */
const SLICE_MS = 2;

/** Work that can pause at each `yield`, every few tens of microseconds. */
export type SlicedWork<T = void> = Generator<undefined, T>;

export interface SlicedResult<T> {
  readonly value: T;
  /** CPU time used, in milliseconds. On a busy machine that is less than the time the event loop was blocked. */
  readonly busyMs: number;
}

/** Runs the work to completion. Pending input is read between slices. */
export async function runSliced<T>(work: SlicedWork<T>): Promise<SlicedResult<T>> {
  let busyMs = 0;
  for (;;) {
    const before = process.threadCpuUsage();
    const slice = runSlice(work);
    const { user, system } = process.threadCpuUsage(before);
    busyMs += (user + system) / 1_000;
    if (slice.done) return { value: slice.value, busyMs };
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function runSlice<T>(work: SlicedWork<T>): IteratorResult<undefined, T> {
  const endsMs = performance.now() + SLICE_MS;
  for (;;) {
    const step = work.next();
    if (step.done || performance.now() >= endsMs) return step;
  }
}
