/** `lastbeat audit`: what operators and tokens did, as a running server has it. */
import { type AuditEntry, type AuditPage, auditActions } from "../../contract/audit.ts";
import { failure } from "../../contract/errors.ts";
import { momentForms, momentMs } from "../../contract/moment.ts";
import { expectedGot } from "../../contract/validation.ts";
import type { Command } from "../command.ts";
import { choiceFlag, type Given, oneOf } from "../flags.ts";
import { serverFlags, serverOf } from "../serverAddress.ts";
import { ask, jsonOf } from "../serverSource.ts";
import { jsonText, moment, number } from "../show.ts";
import { type Column, Table } from "../table.ts";

const formats = ["table", "json"] as const;
/** Flags that the server understands as they are. */
const asWritten = ["action", "by", "target", "limit", "cursor"] as const;
const times = { since: "fromMs", until: "toMs" } as const;

const columns: readonly Column<AuditEntry>[] = [
  { title: "AT (UTC)", width: 19, cell: ({ atMs }) => moment(atMs) },
  { title: "ACTION", width: 17, cell: ({ action, count }) => (count === 1 ? action : `${action} ×${count}`) },
  { title: "BY", width: 14, cell: ({ by }) => by || "–" },
  { title: "ADDRESS", width: 15, cell: ({ address }) => address || "–" },
  { title: "TARGET", width: 14, cell: ({ target }) => target || "–" },
  { title: "AFTER", width: 24, cell: ({ after }) => (after === null ? "–" : JSON.stringify(after)) },
];

/** @throws {LastbeatError} `usage` for a time that is none. The server checks the rest. */
function paramsOf({ values }: Given, nowMs: number): URLSearchParams {
  const params = new URLSearchParams();
  for (const name of asWritten) if (values[name] !== undefined) params.set(name, values[name]);
  for (const [flag, field] of Object.entries(times)) {
    const written = values[flag];
    if (written === undefined) continue;
    const atMs = momentMs(written, nowMs);
    if (atMs === null) throw failure("usage", `--${flag}: ${expectedGot(momentForms, written)}`);
    params.set(field, String(atMs));
  }
  return params;
}

export const audit: Command = {
  name: "audit",
  words: "",
  summary: "Lists what operators and tokens did, newest first, a page at a time",
  needs: "audit:read",
  flags: {
    format: choiceFlag(formats),
    since: { value: "<when>", help: `at or after this time: ${momentForms}` },
    until: { value: "<when>", help: "before this time" },
    action: { value: "<a,b>", help: `kinds of action: ${auditActions.join(", ")}` },
    by: { value: "<text>", help: "who did it, exactly" },
    target: { value: "<text>", help: "what it was done to, exactly" },
    limit: { value: "<n>", help: "entries per page (default 100)" },
    cursor: { value: "<text>", help: "where the page before ended" },
    ...serverFlags,
  },
  examples: ["lastbeat audit --since 24h", "lastbeat audit --action sign_in_failed,signed_in --target ada --format json"],
  async run(given, terminal) {
    const format = oneOf(given, "format", formats);
    if (given.words.length > 0)
      throw failure("usage", `unexpected argument ${given.words[0]}; ended sessions are listed by lastbeat ends`);
    const params = paramsOf(given, Date.now());
    const server = serverOf(given, terminal);
    const page = await jsonOf<AuditPage>(await ask(server, "/audit", { params }), server);
    if (format === "json") await terminal.out(jsonText(page));
    else if (page.entries.length === 0) await terminal.out("No entry matches.\n");
    else {
      const next = page.nextCursor === null ? "" : `; the next: --cursor ${page.nextCursor}`;
      await terminal.out(new Table(columns, terminal.columns).lines(page.entries, true));
      await terminal.out(`\n${number(page.entries.length)} entries${next}\n`);
    }
    return 0;
  },
};
