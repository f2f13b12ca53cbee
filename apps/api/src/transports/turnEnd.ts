/** Writes what sockets hold back once the event loop has read from all of them, in slices so that reading never waits long. */
import { HeldFrames } from "./heldFrames.ts";

/** How long one slice may take, in milliseconds. What is sent meanwhile to a socket that still waits is written with the rest. */
const SLICE_MS = 5;
/** Sockets written between two looks at the clock. */
const LOOK_EVERY = 32;

interface Holder {
  /** Writes what it holds back, if anything. */
  flush(): void;
}

let waiting: Holder[] = [];
let isScheduled = false;

/** Has the socket flushed at the end of this turn. */
export function flushAtTurnEnd(holder: Holder): void {
  waiting.push(holder);
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(flushSlice);
}

function flushSlice(): void {
  const holders = waiting;
  waiting = [];
  isScheduled = false;
  const untilMs = performance.now() + SLICE_MS;
  for (const [at, holder] of holders.entries()) {
    holder.flush();
    if (at % LOOK_EVERY !== LOOK_EVERY - 1 || performance.now() < untilMs) continue;
    for (const later of holders.slice(at + 1)) flushAtTurnEnd(later);
    return;
  }
  HeldFrames.forget();
}
