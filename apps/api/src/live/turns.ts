/** Long work in turns: each holds the event loop for a moment only, so that an operator's table delays no heartbeat. */

/** How long one turn may take, milliseconds. */
const TURN_MS = 2;

/** Work that stops at each `yield`, every few tens of microseconds. */
export type Work<T = void> = Generator<undefined, T>;

export interface Done<T> {
  readonly value: T;
  /** Time that it took of the processor, milliseconds: on a machine with much else to do that is less than it held the event loop. */
  readonly busyMs: number;
}

/** Does the work; between two turns waiting input is read. */
export async function inTurns<T>(work: Work<T>): Promise<Done<T>> {
  let busyMs = 0;
  for (;;) {
    const before = process.threadCpuUsage();
    const turn = oneTurn(work);
    const { user, system } = process.threadCpuUsage(before);
    busyMs += (user + system) / 1_000;
    if (turn.done) return { value: turn.value, busyMs };
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function oneTurn<T>(work: Work<T>): IteratorResult<undefined, T> {
  const endsMs = performance.now() + TURN_MS;
  for (;;) {
    const step = work.next();
    if (step.done || performance.now() >= endsMs) return step;
  }
}
