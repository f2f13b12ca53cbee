/** `lastbeat sessions`: lists live sessions, or those open when a database was copied. */
import { failure } from "../../contract/errors.ts";
import { expectedGot } from "../../contract/validation.ts";
import { sourceFlags, sourceOf } from "../chooseSource.ts";
import type { Command } from "../command.ts";
import { choiceFlag, oneOf } from "../flags.ts";
import { duration, jsonLine, jsonText, moment, number } from "../show.ts";
import type { ListedSession } from "../source.ts";
import { type Column, Table } from "../table.ts";

const formats = ["table", "json", "jsonl"] as const;

function columnsAt(nowMs: number): readonly Column<ListedSession>[] {
  return [
    { title: "SESSION", width: 20, cell: ({ id }) => id },
    { title: "USER", width: 10, cell: ({ user }) => user },
    { title: "ROOM", width: 8, cell: ({ room }) => room ?? "–" },
    { title: "STATE", width: 9, cell: ({ state, suspect }) => (suspect === true ? "suspect" : state) },
    { title: "OPENED (UTC)", width: 19, cell: ({ openedAtMs }) => moment(openedAtMs) },
    {
      title: "SEEN",
      width: 10,
      cell: ({ lastSeenAtMs }) => (lastSeenAtMs === undefined ? "–" : `${duration(nowMs - lastSeenAtMs)} ago`),
    },
    { title: "RTT", width: 7, cell: roundTrip },
    { title: "MISSES", width: 6, cell: ({ misses }) => (misses === undefined ? "–" : String(misses)) },
    { title: "ADDRESS", width: 12, cell: ({ address }) => address },
  ];
}

function roundTrip({ beats = [] }: ListedSession): string {
  const last = beats.findLast((beat) => beat !== null && beat >= 0);
  return last === undefined || last === null ? "–" : `${Math.round(last)} ms`;
}

export const sessions: Command = {
  name: "sessions",
  words: "",
  summary: "Lists live sessions; with --db those that were open",
  needs: "sessions:read",
  flags: {
    search: { value: "<text>", help: "part of the id, user, room, address or client" },
    limit: { value: "<n>", help: "maximum number of sessions, 1 to 10000 (default 1000)" },
    format: choiceFlag(formats),
    ...sourceFlags,
  },
  examples: ["lastbeat sessions", "lastbeat sessions --search general --format jsonl", "lastbeat sessions --db crashed.db"],
  async run(given, terminal) {
    const format = oneOf(given, "format", formats);
    if (given.words.length > 0) throw failure("usage", `unexpected argument ${given.words[0]}; to search use --search`);
    const limit = Number(given.values.limit ?? 1_000);
    if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
      throw failure("usage", `--limit: ${expectedGot("a whole number from 1 to 10000", given.values.limit)}`);
    const source = sourceOf(given, terminal);
    try {
      const found = await source.sessions({ search: given.values.search, limit });
      if (format === "json") await terminal.out(jsonText(found));
      else if (format === "jsonl") await terminal.out(found.sessions.map(jsonLine).join(""));
      else if (found.total === 0) await terminal.out("No session is open.\n");
      else {
        await terminal.out(new Table(columnsAt(Date.now()), terminal.columns).lines(found.sessions, true));
        await terminal.out(`\n${number(found.sessions.length)} of ${number(found.total)}\n`);
      }
    } finally {
      source.close();
    }
    return 0;
  },
};
