/** `lastbeat end`: ends a live session, like the admin page's command. */
import { failure } from "../../contract/errors.ts";
import type { EndView } from "../../contract/views.ts";
import type { Command } from "../command.ts";
import { choiceFlag, oneOf } from "../flags.ts";
import { serverFlags, serverOf } from "../serverAddress.ts";
import { ask, jsonOf } from "../serverSource.ts";
import { duration, jsonText, plain } from "../show.ts";

const formats = ["text", "json"] as const;

export const end: Command = {
  name: "end",
  words: "<id>",
  summary: "Ends a live session; needs a token with the scope sessions:end",
  needs: "sessions:end",
  flags: {
    note: { value: "<text>", help: "stored with the end, for readers of the history" },
    format: choiceFlag(formats),
    ...serverFlags,
  },
  examples: [
    "lastbeat end session_4d1c0f7a9be2 --note 'asked to by mail'",
    "LASTBEAT_TOKEN=lb_… lastbeat end session_4d1c0f7a9be2",
  ],
  async run(given, terminal) {
    const format = oneOf(given, "format", formats);
    const [id, ...more] = given.words;
    if (id === undefined || more.length > 0) throw failure("usage", "expected one session id: lastbeat end <id>");
    const path = `/sessions/${encodeURIComponent(id)}`;
    const server = serverOf(given, terminal);
    const response = await ask(server, path, { method: "DELETE", body: { note: given.values.note } });
    const ended = await jsonOf<EndView>(response, server);
    const { sessionId, user, resourcesReleased, resourcesFailed, cleanupMs } = ended;
    const failed =
      resourcesFailed.length === 0 ? "" : `, failed to release ${resourcesFailed.map(({ name }) => name).join(", ")}`;
    const line = `${sessionId} of ${user} ended; released ${resourcesReleased} in ${duration(cleanupMs)}${failed}`;
    await terminal.out(format === "json" ? jsonText(ended) : `${plain(line)}\n`);
    return 0;
  },
};
