/** Does what sockets put off once the event loop has read from all of them, in slices so that reading never waits long. */
import { HeldFrames } from "./heldFrames.ts";

/** How long one slice may take, in milliseconds. What is sent meanwhile to a socket that still waits is written with the rest. */
const SLICE_MS = 5;
/** Sockets written between two looks at the clock. */
const LOOK_EVERY = 32;

interface Holder {
  /** Does what it put off, if anything. */
  turnEnded(): void;
}

/** Those that have come since the list that is being told was taken. It ends, and is let go, however many keep coming. */
let waiting: Holder[] = [];
let telling: Holder[] = [];
/** How many of `telling` have been told. */
let told = 0;
let isScheduled = false;

/** Tells the socket when this turn has ended. */
export function atTurnEnd(holder: Holder): void {
  waiting.push(holder);
  schedule();
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(tellSlice);
}

function tellSlice(): void {
  isScheduled = false;
  const untilMs = performance.now() + SLICE_MS;
  if (telling.length === 0) {
    telling = waiting;
    waiting = [];
  }
  while (told < telling.length) {
    const holder = telling[told] as Holder;
    told += 1;
    holder.turnEnded();
    if (told % LOOK_EVERY === 0 && performance.now() >= untilMs) break;
  }
  if (told < telling.length) return schedule();
  telling = [];
  told = 0;
  HeldFrames.forget();
  if (waiting.length > 0) schedule();
}
