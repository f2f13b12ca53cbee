/** Long work in turns: each holds the event loop for a moment only, so that an operator's table delays no heartbeat. */

/** How long one turn may take, milliseconds. */
const TURN_MS = 2;

/** Work that stops at each `yield`, every few tens of microseconds. */
export type Work<T = void> = Generator<undefined, T>;

export interface Done<T> {
  readonly value: T;
  /** Time in which it held the event loop, milliseconds. */
  readonly busyMs: number;
}

/** Does the work; between two turns waiting input is read. */
export async function inTurns<T>(work: Work<T>): Promise<Done<T>> {
  let busyMs = 0;
  let beganMs = performance.now();
  for (;;) {
    const { done, value } = work.next();
    const heldMs = performance.now() - beganMs;
    if (done) return { value, busyMs: busyMs + heldMs };
    if (heldMs < TURN_MS) continue;
    busyMs += heldMs;
    await new Promise((resolve) => setImmediate(resolve));
    beganMs = performance.now();
  }
}
