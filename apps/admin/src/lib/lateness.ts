/** Whether ends were found within their bounds, in words. Pure. */
import type { EndStats, EndView } from "@lastbeat/api";
import { whole } from "./format.ts";

type LateCause = NonNullable<EndView["lateCause"]>;

/** What prolonged a verdict, as in "late: <words>". */
export const lateCauseWords: Readonly<Record<LateCause, string>> = {
  pause: "the server had paused",
  settings: "the settings were changed",
  late_tick: "a tick of the server came late",
  unknown: "no known cause",
};

export interface Lateness {
  readonly text: string;
  /** `explained` when what prolonged each verdict is known. */
  readonly tone: "good" | "explained" | "fault";
}

/** "0 of 110 late", and why when some were. */
export function lateness({ total, late }: Pick<EndStats, "total" | "late">): Lateness {
  if (total === 0) return { text: "None in this period", tone: "good" };
  const causes = Object.entries(late) as [LateCause, number][];
  const sum = causes.reduce((all, [, count]) => all + count, 0);
  const counted = `${whole(sum)} of ${whole(total)} late`;
  if (sum === 0) return { text: counted, tone: "good" };
  const why = causes.map(
    ([cause, count]) => `${whole(count)} ${cause === "unknown" ? "for" : "because"} ${lateCauseWords[cause]}`,
  );
  return { text: `${counted}: ${why.join(", ")}`, tone: (late.unknown ?? 0) === 0 ? "explained" : "fault" };
}
