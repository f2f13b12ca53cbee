/** `lastbeat ends`: lists ended sessions, with all of the ledger's filters. */
import { shownFields } from "../../contract/endFields.ts";
import type { EndQuery } from "../../contract/endQuery.ts";
import { failure } from "../../contract/errors.ts";
import { expectedGot } from "../../contract/validation.ts";
import type { EndView } from "../../contract/views.ts";
import { csvHeader, csvLine } from "../../rest/csv.ts";
import { sourceFlags, sourceOf } from "../chooseSource.ts";
import type { Command } from "../command.ts";
import { choiceFlag, type Given, oneOf } from "../flags.ts";
import { follow } from "../follow.ts";
import { queryFlags, queryOf } from "../queryFlags.ts";
import { duration, jsonLine, jsonText, moment, number, plain } from "../show.ts";
import type { Source } from "../source.ts";
import { type Column, Table } from "../table.ts";
import type { Terminal } from "../terminal.ts";

const formats = ["table", "json", "jsonl", "csv"] as const;
type Format = (typeof formats)[number];

const headOf = (field: keyof typeof shownFields) => shownFields[field].head.toUpperCase();

const columns: readonly Column<EndView>[] = [
  { title: "ENDED (UTC)", width: 19, cell: ({ detectedAtMs }) => moment(detectedAtMs) },
  { title: headOf("reason"), width: 17, cell: ({ reason }) => reason },
  { title: headOf("tier"), width: 9, cell: ({ tier }) => tier },
  { title: headOf("initiator"), width: 9, cell: ({ initiator }) => initiator },
  { title: "FOUND AFTER", width: 17, cell: foundAfter },
  { title: "RELEASED IN", width: 11, cell: ({ cleanup, cleanupMs }) => (cleanup === "complete" ? duration(cleanupMs) : cleanup) },
  { title: headOf("user"), width: 10, cell: ({ user }) => user },
  { title: headOf("room"), width: 8, cell: ({ room }) => room ?? "–" },
  { title: headOf("sessionId"), width: 20, cell: ({ sessionId }) => sessionId },
];

function foundAfter({ detectionMs, boundMs }: EndView): string {
  return boundMs === null ? duration(detectionMs) : `${duration(detectionMs)} of ${duration(boundMs)}`;
}

export const ends: Command = {
  name: "ends",
  words: "",
  summary: "Lists ended sessions: all matches as csv or jsonl, otherwise one page",
  needs: "history:read",
  flags: {
    format: choiceFlag(formats),
    follow: {
      help: "keep running and print new ends as they are recorded; restart it if the server's clock was set back",
    },
    ...queryFlags,
    ...sourceFlags,
  },
  examples: [
    "lastbeat ends --since 24h --tier heartbeat",
    "lastbeat ends --reason unresponsive,unreachable --user Ada --format json",
    "lastbeat ends --follow --format jsonl",
    "lastbeat ends --since 7d --format csv > ends.csv",
    "lastbeat ends --db backup.db --text 'model context' --sort slowest_cleanup --limit 10",
  ],
  run: (given, terminal) => list(given, terminal),
};

async function list(given: Given, terminal: Terminal): Promise<number> {
  const format = oneOf(given, "format", formats);
  const query = queryOf(given);
  const follows = given.switches.has("follow");
  if (given.words.length > 0) throw failure("usage", `unexpected argument ${given.words[0]}; for one session use --session <id>`);
  const whole = format === "csv" || format === "jsonl";
  if (follows && format === "json")
    throw failure("usage", `--format: ${expectedGot("one of table, jsonl, csv with --follow", format)}`);
  if (follows) checkFollowFlags(given);
  if (whole && query.cursor !== undefined)
    throw failure("usage", `--cursor: not allowed with --format ${format}, which prints all matching ends`);
  const source = sourceOf(given, terminal);
  const printing: Printing = { query, format, terminal };
  try {
    if (follows) await printFollowed(source, printing);
    else if (whole) await printAll(source, { ...printing, most: given.values.limit === undefined ? null : query.limit });
    else await printPage(source, printing);
  } finally {
    source.close();
  }
  return 0;
}

/** Rejects flags that contradict following, which prints ends in the order they are recorded. */
function checkFollowFlags({ values }: Given): void {
  for (const name of ["sort", "cursor", "until", "to-ms"]) {
    if (values[name] !== undefined) throw failure("usage", `--${name}: not allowed with --follow`);
  }
}

interface Printing {
  readonly query: EndQuery;
  readonly format: Format;
  readonly terminal: Terminal;
}

async function printPage(source: Source, { query, format, terminal }: Printing): Promise<void> {
  const page = await source.page(query);
  if (format === "json") return terminal.out(jsonText(page));
  if (page.rows.length === 0) return terminal.out("No ended session matches.\n");
  await terminal.out(new Table(columns, terminal.columns).lines(page.rows, true));
  const total = `${page.totalIsAtLeast ? "more than " : ""}${number(page.total)}`;
  const more = page.nextCursor === null ? "" : `; the next: --cursor ${page.nextCursor}`;
  await terminal.out(`\n${number(page.rows.length)} of ${total}${more}\n`);
}

/** A CSV for a file is written exactly as the server exports it. On a screen, control characters from clients are escaped. */
function lineIn(format: Format, { screen }: Terminal): (end: EndView) => string {
  if (format !== "csv") return jsonLine;
  return screen ? (end) => `${plain(csvLine(end).slice(0, -2))}\r\n` : csvLine;
}

async function printAll(source: Source, { query, format, terminal, most }: Printing & { most: number | null }): Promise<void> {
  if (format === "csv") await terminal.out(csvHeader);
  let left = most ?? Number.POSITIVE_INFINITY;
  for await (const rows of source.each(query)) {
    const wanted = rows.slice(0, left);
    left -= wanted.length;
    await terminal.out(wanted.map(lineIn(format, terminal)).join(""));
    if (left <= 0) return;
  }
}

async function printFollowed(source: Source, { query, format, terminal }: Printing): Promise<void> {
  const table = new Table(columns, terminal.columns);
  if (format === "csv") await terminal.out(csvHeader);
  if (format === "table") await terminal.out(table.lines([], true));
  const onTrouble = (message: string) => terminal.err(`lastbeat: ${message}`);
  for await (const rows of follow(source, { query, onTrouble })) {
    if (rows.length === 0) continue;
    await terminal.out(format === "table" ? table.lines(rows, false) : rows.map(lineIn(format, terminal)).join(""));
  }
}
