/** `lastbeat stats`: counts of ended sessions by tier, reason and time, and how fast their ends were detected. */
import { failure } from "../../contract/errors.ts";
import type { EndStats } from "../../contract/views.ts";
import { bars, sparkline } from "../chart.ts";
import { sourceFlags, sourceOf } from "../chooseSource.ts";
import type { Command } from "../command.ts";
import { choiceFlag, oneOf } from "../flags.ts";
import { queryFlags, queryOf } from "../queryFlags.ts";
import { duration, jsonText, moment, number } from "../show.ts";

const formats = ["text", "json"] as const;
const MAX_COLUMNS = 72;

const { sort: _sort, cursor: _cursor, limit: _limit, ...filterFlags } = queryFlags;

export const stats: Command = {
  name: "stats",
  words: "",
  summary: "Counts ended sessions by tier, by reason and over time",
  needs: "history:read",
  flags: { format: choiceFlag(formats), ...filterFlags, ...sourceFlags },
  examples: ["lastbeat stats --since 7d", "lastbeat stats --tier heartbeat --format json", "lastbeat stats --db backup.db"],
  async run(given, terminal) {
    const format = oneOf(given, "format", formats);
    if (given.words.length > 0) throw failure("usage", `unexpected argument ${given.words[0]}`);
    const query = queryOf(given);
    const source = sourceOf(given, terminal);
    try {
      const counted = await source.stats(query);
      await terminal.out(format === "json" ? jsonText(counted) : chart(counted));
    } finally {
      source.close();
    }
    return 0;
  },
};

function chart(counted: EndStats): string {
  if (counted.total === 0) return "No ended session matches.\n";
  const { detectionMedianMs: median, detectionP99Ms: p99, detectionIsExact } = counted;
  const upTo = detectionIsExact ? "" : "up to ";
  const found =
    median === null || p99 === null
      ? ""
      : `; found after ${upTo}${duration(median)} in the median, ${upTo}${duration(p99)} at the 99th percentile, ${late(counted)}`;
  const title = `${number(counted.total)} ended session${counted.total === 1 ? "" : "s"}${found}\n`;
  return [title, overTime(counted), "by tier\n", bars(counted.byTier), "by reason\n", bars(counted.byReason)].join("");
}

/** The number of ends detected after their bound, by cause. */
function late({ late: causes }: EndStats): string {
  const counts = Object.entries(causes);
  const sum = counts.reduce((all, [, count]) => all + count, 0);
  const why = counts.map(([cause, count]) => `${cause.replace("_", " ")} ${number(count)}`).join(", ");
  return `${number(sum)} late${sum === 0 ? "" : ` (${why})`}`;
}

/** One column per bucket, or per group of buckets if they do not fit. */
function overTime({ buckets, bucketMs }: EndStats): string {
  const first = buckets[0]?.atMs ?? 0;
  const slots = ((buckets.at(-1)?.atMs ?? 0) - first) / bucketMs + 1;
  const perColumn = Math.ceil(slots / MAX_COLUMNS);
  const values: number[] = Array.from({ length: Math.ceil(slots / perColumn) }, () => 0);
  for (const { atMs, byTier } of buckets) {
    const at = Math.floor((atMs - first) / bucketMs / perColumn);
    values[at] = (values[at] ?? 0) + Object.values(byTier).reduce((sum, count) => sum + count, 0);
  }
  const width = bucketMs * perColumn;
  const scale = `from ${moment(first)} UTC, ${duration(width)} per column, at most ${number(Math.max(...values))}`;
  return `  ${sparkline(values)}\n  ${scale}\n`;
}
