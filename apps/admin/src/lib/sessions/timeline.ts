/** Events of a session, and of the server meanwhile, as sentences. Pure. A kind of event without words fails the types. */
import type { CountedEvents, FoldedEvents, TimelineEntry } from "@lastbeat/api";
import type { ServerEvent, SessionEvent } from "@lastbeat/core";
import { endReasons, isEndReason } from "@lastbeat/core/reasons";
import { type SettingKey, settingFields, toWritten } from "@lastbeat/core/settings";
import { bytes, clockTime, coarse, duration, plural, whole, words } from "../format.ts";
import { unitText } from "../settings/words.ts";

export interface TimelineLine {
  readonly seq: number;
  readonly atMs: number;
  readonly tone: "plain" | "alive" | "suspect" | "ended";
  readonly title: string;
  readonly detail: string;
  /** It stands for many events, which can be fetched. */
  readonly isFolded: boolean;
}

/** Opening and end, which are rows of their own in the ledger, stand first and last. */
type SpanEvent =
  | { readonly type: "opened"; readonly settingsRevision: number }
  | { readonly type: "ended"; readonly reason: string; readonly detail: string }
  | ({ readonly type: "folded" } & FoldedEvents)
  | ({ readonly type: "counted" } & CountedEvents);
export type TimelineEvent = SessionEvent | ServerEvent | SpanEvent;

type Line = readonly [tone: TimelineLine["tone"], title: string, detail: string];
type Writers = { readonly [Type in TimelineEvent["type"]]: (event: Extract<TimelineEvent, { type: Type }>) => Line };

/** Kinds of which there may be thousands, in words that stand before "12 times". */
const manyOf: Readonly<Record<string, string>> = {
  suspect: "heartbeat missed",
  refuted: "answered again",
  superseded: "connection replaced",
  idle_warned: "asked whether still there",
  idle_cleared: "said to be still there",
  pause: "server stood still",
  memory_level: "memory level changed",
};

const reason = (name: string) => (isEndReason(name) ? endReasons[name].text : words(name));

const kindsText = (types: CountedEvents["types"]) =>
  Object.entries(types)
    .map(([type, times]) => `${manyOf[type] ?? words(type)} ${times === 1 ? "once" : `${whole(times)} times`}`)
    .join(", ");

const writers: Writers = {
  opened: ({ settingsRevision }) => [
    "alive",
    "Opened",
    settingsRevision === 0 ? "with the settings as configured" : `with settings revision ${settingsRevision}`,
  ],
  suspect: ({ miss, maxFailures, cause }) => ["suspect", `Missed a heartbeat (${miss}/${maxFailures})`, cause],
  refuted: ({ misses, afterMs }) => ["alive", "Answered again", `after ${misses} missed, ${duration(afterMs)} later`],
  suspended: (d) => ["suspect", "Suspended", `${reason(d.reason)}; waits ${duration(d.graceMs)} for its client`],
  resumed: ({ epoch, afterMs }) => ["alive", "Resumed", `on connection ${epoch}, after ${duration(afterMs)}`],
  superseded: ({ epoch }) => ["plain", "Taken over by a newer connection", `connection ${epoch}`],
  idle_warned: ({ endsInMs }) => ["suspect", "Asked whether they are still there", `ends in ${duration(endsInMs)}`],
  idle_cleared: () => ["alive", "Said they are still there", ""],
  release_failed: ({ name, cause }) => ["ended", `Could not release ${name}`, cause],
  release_settled_late: ({ name, afterMs }) => ["plain", `Released ${name} late`, `after ${duration(afterMs)}`],
  came_back: ({ afterMs, reason: why }) => [
    "alive",
    "Came back",
    `as a new session, ${duration(afterMs)} after its end: ${reason(why)}`,
  ],
  ended: ({ reason: why, detail }) => ["ended", reason(why), detail],
  folded: ({ count, types, untilMs }) => [
    "plain",
    `${plural(count, "more event")} until ${clockTime(untilMs)}`,
    kindsText(types),
  ],
  counted: ({ count, types, untilMs }) => [
    "plain",
    `${plural(count, "event")} until ${clockTime(untilMs)}, of which only the number was kept`,
    kindsText(types),
  ],
  started: ({ version }) => ["plain", "The server started", `version ${version}`],
  stopped: () => ["plain", "The server stopped", ""],
  pause: ({ pausedMs, sessions }) => [
    "suspect",
    `The server stood still for ${duration(pausedMs)}`,
    `with ${plural(sessions, "session")}; none of them is blamed for it`,
  ],
  memory_level: ({ from, to, usedBytes, limitBytes }) => [
    to === "ok" ? "alive" : "suspect",
    to === "ok" ? "Memory is sufficient again" : `Memory ran short: ${to} threshold`,
    `${bytes(usedBytes)} of ${bytes(limitBytes)} used; it was ${from}`,
  ],
  clock_jumped: ({ aheadMs }) => [
    "suspect",
    aheadMs > 0
      ? `The server's clock jumped ahead by ${coarse(aheadMs)}`
      : `The server's clock was set back by ${coarse(-aheadMs)}`,
    "retention does not follow it yet",
  ],
  clock_looked_at: ({ operator }) => ["plain", `${operator} said that the clock is right`, ""],
  clock_believed: ({ aheadMs }) => ["alive", "Retention follows the clock again", `it was off by ${coarse(Math.abs(aheadMs))}`],
  refused: ({ cause, count, overMs }) => [
    "suspect",
    `${plural(count, "connection was", "connections were")} refused: ${words(cause)}`,
    `within ${duration(overMs)}`,
  ],
  settings_changed: ({ revision, author, before, after }) => [
    "plain",
    `Settings revision ${revision} by ${author}`,
    Object.keys(after)
      .map((key) => changeText(key, before[key], after[key]))
      .join(", "),
  ],
};

/** A setting that this page knows by name, in its written unit; every other as it stands. */
function changeText(key: string, before: number | undefined, after: number | undefined): string {
  const known = Object.hasOwn(settingFields, key) ? settingFields[key as SettingKey] : undefined;
  const shown = (value: number | undefined) =>
    value === undefined ? "unset" : known === undefined ? String(value) : `${toWritten(key as SettingKey, value)}`;
  return `${known?.label ?? words(key)} ${shown(before)} → ${shown(after)} ${known === undefined ? "" : unitText(known.unit)}`.trim();
}

export function timelineLine({ seq, atMs, type, data }: TimelineEntry): TimelineLine {
  const [tone, title, detail] = lineOf(type, data);
  return { seq, atMs, tone, title, detail, isFolded: type === "folded" };
}

function lineOf(type: string, data: TimelineEntry["data"]): Line {
  const write = Object.hasOwn(writers, type) ? (writers[type as TimelineEvent["type"]] as (event: unknown) => Line) : undefined;
  try {
    if (write !== undefined) return write({ type, ...data });
  } catch {
    // Written by another version, without what this one expects.
  }
  return ["plain", words(type), spelled(data)];
}

/** An event that this page does not know, from a newer server: its figures by name. */
function spelled(data: TimelineEntry["data"]): string {
  return Object.entries(data)
    .map(([name, value]) => {
      const label = name.replaceAll(/([A-Z])/g, " $1").toLowerCase();
      return `${label} ${typeof value === "object" && value !== null ? spelled({ ...value }) || "none" : String(value)}`;
    })
    .join(", ");
}
