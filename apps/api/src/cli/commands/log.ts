/** `lastbeat log level`: shows or changes the level of a running server's log. */
import { failure } from "../../contract/errors.ts";
import type { LogView } from "../../contract/logLevel.ts";
import { logLevels } from "../../log/line.ts";
import type { Command } from "../command.ts";
import { choiceFlag, oneOf } from "../flags.ts";
import { serverFlags, serverOf } from "../serverAddress.ts";
import { ask, jsonOf } from "../serverSource.ts";
import { jsonText, plain } from "../show.ts";

const formats = ["text", "json"] as const;

export const logLevel: Command = {
  name: "log level",
  words: "[<level>]",
  summary: "Shows the level of the server's log, or changes it until the next start",
  needs: "system:write",
  flags: { format: choiceFlag(formats), ...serverFlags },
  examples: ["lastbeat log level", "LASTBEAT_TOKEN=lb_… lastbeat log level debug"],
  async run(given, terminal) {
    const format = oneOf(given, "format", formats);
    const [level, ...more] = given.words;
    const isLevel = level === undefined || logLevels.some((known) => known === level);
    if (!isLevel || more.length > 0) throw failure("usage", `expected one of ${logLevels.join(", ")}: lastbeat log level debug`);
    const server = serverOf(given, terminal);
    const request = level === undefined ? {} : { method: "PUT", body: { level } };
    const view = await jsonOf<LogView>(await ask(server, "/log", request), server);
    const next = view.level === view.configured ? "" : `; the next start has ${view.configured}`;
    await terminal.out(format === "json" ? jsonText(view) : plain(`The log's level is ${view.level}${next}`).concat("\n"));
    return 0;
  },
};
