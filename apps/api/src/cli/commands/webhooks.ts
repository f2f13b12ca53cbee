/** `lastbeat webhooks`: how deliveries go, what was given up, and sending it again. */
import { failure } from "../../contract/errors.ts";
import type { DeadDelivery, DeadPage, WebhookView } from "../../contract/webhookViews.ts";
import type { Command } from "../command.ts";
import { choiceFlag, type Given, oneOf } from "../flags.ts";
import { serverFlags, serverOf } from "../serverAddress.ts";
import { ask, jsonOf } from "../serverSource.ts";
import { duration, jsonText, moment, number, plain } from "../show.ts";
import { type Column, Table } from "../table.ts";

const formats = ["table", "json"] as const;
const PAGE = 500;

function webhookColumns(nowMs: number): readonly Column<WebhookView>[] {
  const since = (atMs: number | null) => (atMs === null ? "–" : duration(Math.max(0, nowMs - atMs)));
  return [
    { title: "WEBHOOK", width: 12, cell: ({ name }) => name },
    { title: "URL", width: 24, cell: ({ url }) => url ?? "not configured" },
    { title: "WAITING", width: 9, cell: ({ waiting }) => number(waiting) },
    { title: "OLDEST", width: 9, cell: ({ oldestWaitingAtMs }) => since(oldestWaitingAtMs) },
    { title: "DELIVERED", width: 9, cell: ({ delivered }) => number(delivered) },
    { title: "FAILED", width: 7, cell: ({ failed }) => number(failed) },
    { title: "DEAD", width: 7, cell: ({ dead }) => number(dead) },
    { title: "FAILING FOR", width: 11, cell: ({ failingSinceMs }) => since(failingSinceMs) },
    { title: "LAST ERROR", width: 20, cell: ({ lastError }) => lastError ?? "–" },
  ];
}

const deadColumns: readonly Column<DeadDelivery>[] = [
  { title: "ID", width: 8, cell: ({ id }) => String(id) },
  { title: "ENDED (UTC)", width: 19, cell: ({ endedAtMs }) => moment(endedAtMs) },
  { title: "GIVEN UP (UTC)", width: 19, cell: ({ diedAtMs }) => moment(diedAtMs) },
  { title: "ATTEMPTS", width: 8, cell: ({ attempts }) => String(attempts) },
  { title: "REASON", width: 16, cell: ({ reason }) => reason },
  { title: "USER", width: 10, cell: ({ user }) => user },
  { title: "SESSION", width: 20, cell: ({ sessionId }) => sessionId },
  { title: "ERROR", width: 20, cell: ({ error }) => error },
];

function nameIn({ words: [name, ...more] }: Given, usage: string): string {
  if (name === undefined || more.length > 0) throw failure("usage", `expected one name: ${usage}`);
  return encodeURIComponent(name);
}

export const webhooks: Command = {
  name: "webhooks",
  words: "",
  summary: "Lists webhooks, and how their deliveries go",
  needs: "webhooks:read",
  flags: { format: choiceFlag(formats), ...serverFlags },
  examples: ["lastbeat webhooks", "lastbeat webhooks --format json"],
  async run(given, terminal) {
    const format = oneOf(given, "format", formats);
    if (given.words.length > 0)
      throw failure("usage", `unexpected argument ${given.words[0]}; lastbeat webhooks dead <name> lists what was given up`);
    const server = serverOf(given, terminal);
    const answer = await jsonOf<{ webhooks: WebhookView[] }>(await ask(server, "/webhooks"), server);
    if (format === "json") await terminal.out(jsonText(answer));
    else if (answer.webhooks.length === 0) await terminal.out("No webhook is configured.\n");
    else await terminal.out(new Table(webhookColumns(Date.now()), terminal.columns).lines(answer.webhooks, true));
    return 0;
  },
};

export const webhooksDead: Command = {
  name: "webhooks dead",
  words: "<name>",
  summary: "Lists deliveries that were given up, the newest first",
  needs: "webhooks:read",
  flags: { cursor: { value: "<cursor>", help: "continues after a page" }, format: choiceFlag(formats), ...serverFlags },
  examples: ["lastbeat webhooks dead crm"],
  async run(given, terminal) {
    const format = oneOf(given, "format", formats);
    const name = nameIn(given, "lastbeat webhooks dead <name>");
    const server = serverOf(given, terminal);
    const params = new URLSearchParams({ limit: String(PAGE) });
    if (given.values.cursor !== undefined) params.set("cursor", given.values.cursor);
    const page = await jsonOf<DeadPage>(await ask(server, `/webhooks/${name}/dead`, { params }), server);
    if (format === "json") await terminal.out(jsonText(page));
    else if (page.deliveries.length === 0) await terminal.out("Nothing was given up.\n");
    else await terminal.out(new Table(deadColumns, terminal.columns).lines(page.deliveries, true));
    if (format === "table" && page.nextCursor !== null) await terminal.out(`\nmore: --cursor ${plain(page.nextCursor)}\n`);
    return 0;
  },
};

export const webhooksResend: Command = {
  name: "webhooks resend",
  words: "<name>",
  summary: "Sends again what was given up",
  needs: "webhooks:write",
  flags: {
    ids: { value: "<ids>", help: "which, separated by commas (default: all)" },
    format: choiceFlag(["text", "json"]),
    ...serverFlags,
  },
  examples: ["lastbeat webhooks resend crm", "lastbeat webhooks resend crm --ids 17,18"],
  async run(given, terminal) {
    const format = oneOf(given, "format", ["text", "json"]);
    const name = nameIn(given, "lastbeat webhooks resend <name>");
    const server = serverOf(given, terminal);
    const body = given.values.ids === undefined ? {} : { ids: given.values.ids.split(",").map(Number) };
    const response = await ask(server, `/webhooks/${name}/resend`, { method: "POST", body });
    const answer = await jsonOf<{ resent: number }>(response, server);
    const line = `${number(answer.resent)} ${answer.resent === 1 ? "delivery is" : "deliveries are"} sent again`;
    await terminal.out(format === "json" ? jsonText(answer) : `${line}\n`);
    return 0;
  },
};
