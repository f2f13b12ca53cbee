/** Times of day and days in words. */

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
