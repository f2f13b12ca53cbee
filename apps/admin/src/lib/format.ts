/** How figures are written on the page. Pure. */
import { coarse } from "@lastbeat/web/format";

export { coarse } from "@lastbeat/web/format";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

const trim = (value: number, digits: number) => Number(value.toFixed(digits)).toLocaleString("en");

/** A measured length of time, to the precision worth reading: `0.4 ms`, `38 ms`, `2.31 s`, `1 min 30 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  const abs = Math.abs(ms);
  if (abs < 10) return `${trim(ms, 1)} ms`;
  if (abs < SECOND) return `${trim(ms, 0)} ms`;
  if (abs < 10 * SECOND) return `${trim(ms / SECOND, 2)} s`;
  if (abs < MINUTE) return `${trim(ms / SECOND, 1)} s`;
  return coarse(ms);
}

/** Seconds as a setting is written: `90.1 s`, `30 s`. */
export function seconds(ms: number): string {
  return `${trim(ms / SECOND, 2)} s`;
}

/** A moment relative to now: `now`, `12 s ago`, `3 min 4 s ago`, `in 2 d`. Clocks that differ a little make no future. */
export function ago(atMs: number, nowMs: number): string {
  const ms = nowMs - atMs;
  if (ms < -MINUTE) return `in ${coarse(-ms)}`;
  return ms < SECOND ? "now" : `${coarse(ms)} ago`;
}

const exactFormat = new Intl.DateTimeFormat("en-GB", {
  year: "numeric",
  month: "short",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  timeZoneName: "short",
});
const clockFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const minuteFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const shortFormat = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit" });

/** The exact moment, with milliseconds and time zone. */
export const exact = (atMs: number) => exactFormat.format(atMs);
/** The time of day, to the second. */
export const clockTime = (atMs: number) => clockFormat.format(atMs);
/** Day and time of day, to the minute. */
export const shortMoment = (atMs: number) => shortFormat.format(atMs);

/** Time of day, to the minute; with the day when that is more than a day before `nowMs`. */
export const moment = (atMs: number, nowMs: number) => (nowMs - atMs > DAY ? shortFormat : minuteFormat).format(atMs);

/** A size: `812 B`, `16 KiB`, `1.2 GiB`. */
export function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${trim(value, value < 10 && unit > 0 ? 1 : 0)} ${units[unit]}`;
}

/** A whole number with thousands separated. */
export const whole = (value: number) => Math.round(value).toLocaleString("en");

/** A share as a percentage: `61 %`. */
export const percent = (share: number) => `${trim(share * 100, share < 0.1 ? 1 : 0)} %`;

/** `1 session`, `3 sessions`. */
export const plural = (count: number, one: string, many = `${one}s`) => `${whole(count)} ${count === 1 ? one : many}`;

/** `hello_timeout` as words: `hello timeout`. */
export const words = (name: string) => name.replaceAll("_", " ");

/** A session id short enough for a table; its start is the same for all, so the end is what tells them apart. */
export const shortId = (id: string) => (id.length <= 16 ? id : `…${id.slice(-10)}`);

/** The user-agent string cut down to the name and version a person recognises. */
export function clientName(client: string): string {
  const known = /(Edg|OPR|Firefox|Chrome|Version)\/(\d+)/.exec(client);
  if (!known) return client.split(" ")[0]?.slice(0, 40) || "unknown";
  const names: Record<string, string> = { Edg: "Edge", OPR: "Opera", Version: "Safari" };
  const edge = /(Edg|OPR)\/(\d+)/.exec(client) ?? known;
  const name = edge[1] ?? "";
  return `${names[name] ?? name} ${edge[2]}`;
}
