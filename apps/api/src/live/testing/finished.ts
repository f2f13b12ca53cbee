import type { Work } from "../turns.ts";

/** Does all of the work in one turn. */
export function finished<T>(work: Work<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
