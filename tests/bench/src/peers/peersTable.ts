/** The table of the peers bench: medians, how far the rounds lie apart, and each as a ratio to the two that everybody knows. */
import { type ContenderKey, contenders } from "./contenders.ts";
import type { Round } from "./measure.ts";

export type Rounds = ReadonlyMap<ContenderKey, readonly Round[]>;

export interface About {
  readonly sessions: number;
  readonly rounds: number;
  readonly intervalSeconds: number;
  readonly machine: string;
}

interface Line {
  readonly title: string;
  readonly digits: number;
  readonly value: (round: Round) => number | null;
}

const lines: readonly Line[] = [
  { title: "processor per connect, µs", digits: 0, value: ({ connect }) => connect.all },
  { title: "… on the main thread", digits: 0, value: ({ connect }) => connect.main },
  { title: "… on worker threads", digits: 0, value: ({ connect }) => connect.workers },
  { title: "connects per s, 64 at a time", digits: 0, value: ({ connectsPerSecond }) => connectsPerSecond },
  { title: "memory per session, KB", digits: 2, value: ({ ownBytes }) => ownBytes / 1_000 },
  { title: "… of it on the heap", digits: 2, value: ({ heapBytes }) => (heapBytes === null ? null : heapBytes / 1_000) },
  { title: "processor per beat, µs", digits: 1, value: ({ beat }) => beat.all },
  { title: "processor per end when all vanish, µs", digits: 0, value: ({ end }) => end.all },
  { title: "… on the main thread", digits: 0, value: ({ end }) => end.main },
  { title: "longest stall then, ms", digits: 0, value: ({ endDelayMs }) => endDelayMs },
  { title: "all ended, durably, after, ms", digits: 0, value: ({ allEndedMs }) => allEndedMs },
  { title: "silence until found, least, ms", digits: 0, value: ({ silenceMs }) => silenceMs?.[0] ?? null },
  { title: "… most, ms", digits: 0, value: ({ silenceMs }) => silenceMs?.[2] ?? null },
  { title: "ends of sessions that answered", digits: 0, value: ({ falseEnds }) => falseEnds },
];

const references: readonly ContenderKey[] = ["bare", "socket.io"];

export function peersTable(rounds: Rounds, { sessions, intervalSeconds, machine, rounds: count }: About): string {
  const keys = [...rounds.keys()];
  const head = `\n${sessions.toLocaleString("en")} sessions, a heartbeat each per ${intervalSeconds} s, ${count} rounds; ${machine}\n`;
  const rows: (readonly string[])[] = [];
  for (const { title, digits, value } of lines) {
    const of = (key: ContenderKey) => summary((rounds.get(key) ?? []).map(value));
    if (keys.every((key) => of(key) === null)) continue;
    rows.push([title, ...keys.map((key) => shown(of(key), digits))]);
    for (const reference of references.filter((key) => keys.includes(key) && title !== "ends of sessions that answered")) {
      const base = of(reference)?.median;
      if (base === undefined || base === 0) continue;
      rows.push([`  × ${contenders[reference].title}`, ...keys.map((key) => ratio(of(key)?.median, base))]);
    }
  }
  const columns = ["", ...keys.map((key) => contenders[key].title)];
  return `${head}| ${columns.join(" | ")} |\n|${"---|".repeat(columns.length)}\n${rows.map((row) => `| ${row.join(" | ")} |\n`).join("")}`;
}

interface Summary {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

function summary(values: readonly (number | null)[]): Summary | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  const [least] = known;
  const most = known.at(-1);
  if (least === undefined || most === undefined) return null;
  const [low = 0, high = 0] = [known[(known.length - 1) >> 1], known[known.length >> 1]];
  return { median: (low + high) / 2, least, most };
}

function shown(value: Summary | null, digits: number): string {
  if (value === null) return "–";
  const { median, least, most } = value;
  return least === most ? median.toFixed(digits) : `${median.toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`;
}

function ratio(value: number | undefined, base: number): string {
  return value === undefined ? "–" : (value / base).toFixed(2);
}
