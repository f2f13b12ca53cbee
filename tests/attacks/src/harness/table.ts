/** The table of attacks as it stands in SECURITY.md. */
import type { Measured } from "./attack.ts";

const START = "<!-- attacks: written by `npm run attacks` -->";
const END = "<!-- end of attacks -->";

export function tableOf(all: readonly Measured[]): string {
  const doors = [...new Set(all.map(({ door }) => door))];
  return doors.map((door) => `### ${door}\n\n${doorTable(all.filter((each) => each.door === door))}`).join("\n\n");
}

function doorTable(all: readonly Measured[]): string {
  const rows = all.map(({ name, must, worstEchoMs, beforeMiB, peakMiB, afterMiB }) => {
    const memory = [beforeMiB, peakMiB, afterMiB].map((mib) => mib.toFixed(0)).join(" → ");
    return `| ${cell(name)} | ${cell(must)} | ${worstEchoMs.toFixed(0)} ms | ${memory} |`;
  });
  return ["| attack | outcome | worst echo | memory, MiB |", "|---|---|---|---|", ...rows].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** The document with the table between its marks. @throws when it has no marks. */
export function withTable(document: string, table: string): string {
  const start = document.indexOf(START);
  const end = document.indexOf(END);
  if (start < 0 || end < start) throw new Error(`there is no ${START} … ${END}`);
  return `${document.slice(0, start + START.length)}\n\n${table}\n\n${document.slice(end)}`;
}
