/** The tables of the peers bench: medians, how far the rounds lie apart, and ratios to the two servers that everybody knows. */
import { type ContenderKey, contenders } from "./contenders.ts";
import type { Round } from "./measure.ts";

export type Rounds = ReadonlyMap<ContenderKey, readonly Round[]>;

export interface About {
  readonly rounds: number;
  readonly intervalSeconds: number;
  readonly machine: string;
}

interface Line {
  readonly title: string;
  readonly digits: number;
  readonly value: (round: Round) => number | null;
  /** Whether it is also shown as ratios. */
  readonly isCompared: boolean;
}

const line = (title: string, digits: number, value: Line["value"], isCompared = false): Line => ({
  title,
  digits,
  value,
  isCompared,
});

const lines: readonly Line[] = [
  line("processor per connect, µs", 0, ({ connect }) => connect.all, true),
  line("… on the main thread", 0, ({ connect }) => connect.main, true),
  line("… on worker threads", 0, ({ connect }) => connect.workers),
  line("connects per s, 64 at a time", 0, ({ connectsPerSecond }) => connectsPerSecond),
  line("memory per session, KB", 1, ({ ownBytes }) => ownBytes / 1_000, true),
  line("… on the heap, live", 1, ({ heapBytes }) => (heapBytes === null ? null : heapBytes / 1_000), true),
  line("processor per beat, µs", 1, ({ beat }) => beat.all, true),
  line("processor per end when all vanish, µs", 0, ({ end }) => end.all, true),
  line("… on the main thread", 0, ({ end }) => end.main, true),
  line("longest stall then, ms", 0, ({ endDelayMs }) => endDelayMs, true),
  line("all ended, durably, after, ms", 0, ({ allEndedMs }) => allEndedMs, true),
  line("silence until found, least, ms", 0, ({ silenceMs }) => silenceMs?.[0] ?? null),
  line("… most, ms", 0, ({ silenceMs }) => silenceMs?.[2] ?? null),
  line("ends of sessions that answered", 0, ({ falseEnds }) => falseEnds),
];

const references: readonly ContenderKey[] = ["floor", "bare", "socket.io"];

/** All figures of every server with this many sessions. */
export function peersTable(rounds: Rounds, sessions: number, about: About): string {
  const keys = [...rounds.keys()];
  const rows = lines.flatMap((each) => {
    const summaries = keys.map((key) => summary(rounds.get(key) ?? [], each));
    if (summaries.every((of) => of === null)) return [];
    return [[each.title, ...summaries.map((of) => shown(of, each.digits))], ...(each.isCompared ? ratios(rounds, each) : [])];
  });
  return `\n${sessions.toLocaleString("en")} sessions, ${conditions(about)}\n\n${table(["", ...keys.map((key) => contenders[key].title)], rows)}`;
}

/** How cost grows with the number of sessions. */
export function growthTable(measured: ReadonlyMap<number, Rounds>, about: About): string {
  const counts = [...measured.keys()];
  const keys = [...(measured.get(counts[0] ?? 0)?.keys() ?? [])];
  const rows = lines
    .filter(({ isCompared }) => isCompared)
    .flatMap((each) =>
      keys.map((key) => [
        each.title.replace("…", "   …"),
        contenders[key].title,
        ...counts.map((count) => shown(summary(measured.get(count)?.get(key) ?? [], each), each.digits)),
      ]),
    );
  const columns = ["", "server", ...counts.map((count) => `${count.toLocaleString("en")} sessions`)];
  return `\nGrowth, ${conditions(about)}\n\n${table(columns, rows)}`;
}

function conditions({ rounds, intervalSeconds, machine }: About): string {
  return `one heartbeat each per ${intervalSeconds} s; median of ${rounds} rounds (least–most); ${machine}`;
}

function ratios(rounds: Rounds, each: Line): string[][] {
  return references.flatMap((reference) => {
    const base = summary(rounds.get(reference) ?? [], each)?.median;
    if (base === undefined || base === 0) return [];
    const of = (key: ContenderKey) => ratio(summary(rounds.get(key) ?? [], each)?.median, base);
    return [[`× ${contenders[reference].title}`, ...[...rounds.keys()].map(of)]];
  });
}

export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const body = rows.map((row) => `| ${row.join(" | ")} |\n`).join("");
  return `| ${columns.join(" | ")} |\n|---|${"---:|".repeat(columns.length - 1)}\n${body}`;
}

export interface Summary {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

function summary(rounds: readonly Round[], { value }: Line): Summary | null {
  return summaryOf(rounds.map(value).filter((each) => each !== null));
}

export function summaryOf(values: readonly number[]): Summary | null {
  const known = values.toSorted((a, b) => a - b);
  const [least] = known;
  const most = known.at(-1);
  if (least === undefined || most === undefined) return null;
  const [low = 0, high = 0] = [known[(known.length - 1) >> 1], known[known.length >> 1]];
  return { median: (low + high) / 2, least, most };
}

export function shown(value: Summary | null, digits: number): string {
  if (value === null) return "–";
  const [median, least, most] = [value.median, value.least, value.most].map((each) => each.toFixed(digits));
  return least === most ? `${median}` : `${median} (${least}–${most})`;
}

export function ratio(value: number | undefined, base: number): string {
  return value === undefined ? "–" : (value / base).toFixed(2);
}
