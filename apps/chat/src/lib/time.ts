/** Times and spans in words. */

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const exactFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

export function clockTime(atMs: number): string {
  return clockFormat.format(atMs);
}

export function exactTime(atMs: number): string {
  return exactFormat.format(atMs);
}

/** The same text for all moments of one local day. */
export function dayOf(atMs: number): string {
  return new Date(atMs).toDateString();
}

export function dayName(atMs: number, nowMs: number): string {
  if (dayOf(atMs) === dayOf(nowMs)) return "Today";
  if (dayOf(atMs) === dayOf(nowMs - 86_400_000)) return "Yesterday";
  return dayFormat.format(atMs);
}

/** A span such as "4 s", "1 min 30 s" or "3 min", rounded up so that a countdown ends at zero. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}
