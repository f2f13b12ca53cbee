import type { SlicedWork } from "../timeSlices.ts";

/** Does all of the work in one turn. */
export function finished<T>(work: SlicedWork<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
