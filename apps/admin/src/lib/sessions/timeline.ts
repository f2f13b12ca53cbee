/** Events of a session as sentences. Pure. An event this page does not know yet is shown by its name and data. */
import type { TimelineEntry } from "@lastbeat/api";
import { endReasons, isEndReason } from "@lastbeat/core/reasons";
import { duration, words } from "../format.ts";

export interface TimelineLine {
  readonly seq: number;
  readonly atMs: number;
  readonly tone: "plain" | "alive" | "suspect" | "ended";
  readonly title: string;
  readonly detail: string;
}

type Data = Readonly<Record<string, unknown>>;
type Line = readonly [tone: TimelineLine["tone"], title: string, detail: string];

const text = (value: unknown) => (value === undefined || value === null ? "" : String(value));
const ms = (value: unknown) => (typeof value === "number" ? duration(value) : "");
const reason = (value: unknown) => (typeof value === "string" && isEndReason(value) ? endReasons[value].text : text(value));

const lines: Readonly<Record<string, (data: Data) => Line>> = {
  opened: (d) => ["alive", "Opened", text(d.address)],
  suspect: (d) => ["suspect", `Missed a heartbeat (${text(d.miss)}/${text(d.maxFailures)})`, text(d.cause)],
  refuted: (d) => ["alive", "Answered again", `after ${text(d.misses)} missed, ${ms(d.afterMs)} later`],
  suspended: (d) => ["suspect", "Suspended", `${reason(d.reason)}; waits ${ms(d.graceMs)} for its client`],
  resumed: (d) => ["alive", "Resumed", `on connection ${text(d.epoch)}, after ${ms(d.afterMs)}`],
  superseded: (d) => ["plain", "Taken over by a newer connection", `connection ${text(d.epoch)}`],
  idle_warned: (d) => ["suspect", "Asked whether they are still there", `ends in ${ms(d.endsInMs)}`],
  idle_cleared: () => ["alive", "Said they are still there", ""],
  release_failed: (d) => ["ended", `Could not release ${text(d.name)}`, text(d.cause)],
  release_settled_late: (d) => ["plain", `Released ${text(d.name)} late`, `after ${ms(d.afterMs)}`],
  came_back: (d) => ["alive", "Came back", `as a new session, ${ms(d.afterMs)} after its end`],
  ended: (d) => ["ended", reason(d.reason), text(d.detail)],
};

export function timelineLine({ seq, atMs, type, data }: TimelineEntry): TimelineLine {
  const known = Object.hasOwn(lines, type) ? lines[type] : undefined;
  const [tone, title, detail] = known ? known(data) : (["plain", words(type), JSON.stringify(data)] as const);
  return { seq, atMs, tone, title, detail };
}
