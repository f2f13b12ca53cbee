/** Formats durations for both web apps. Pure. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A duration in whole units, for ages: `0 s`, `48 s`, `3 min 12 s`, `5 d 2 h`. */
export function coarse(ms: number): string {
  const abs = Math.max(0, ms);
  if (abs < MINUTE) return `${Math.floor(abs / SECOND)} s`;
  if (abs < HOUR) return pair(abs, [MINUTE, "min"], [SECOND, "s"]);
  if (abs < DAY) return pair(abs, [HOUR, "h"], [MINUTE, "min"]);
  return pair(abs, [DAY, "d"], [HOUR, "h"]);
}

/** Remaining time, rounded up, so that a countdown reads `0 s` only at its end. */
export function countdown(ms: number): string {
  return coarse(Math.ceil(ms / SECOND) * SECOND);
}

/** A round-trip time: `9.4 ms`, `38 ms`. */
export function roundTripText(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

type Unit = readonly [ms: number, name: string];

function pair(ms: number, [big, bigName]: Unit, [small, smallName]: Unit): string {
  const rest = Math.floor((ms % big) / small);
  const head = `${Math.floor(ms / big)} ${bigName}`;
  return rest === 0 ? head : `${head} ${rest} ${smallName}`;
}
