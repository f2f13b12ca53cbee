/** `lastbeat doctor`: looks for what would go wrong. */
import { failure } from "../../contract/errors.ts";
import { examine } from "../../doctor/examine.ts";
import { exitOf, type Finding } from "../../doctor/finding.ts";
import type { Command } from "../command.ts";
import { choiceFlag, type Given, oneOf } from "../flags.ts";
import { serverOf } from "../serverAddress.ts";
import { jsonText, plain } from "../show.ts";
import type { Terminal } from "../terminal.ts";

const formats = ["text", "json"] as const;
const LONGEST_IDLE_S = 3_600;

export const doctor: Command = {
  name: "doctor",
  words: "",
  summary: "Looks for what would go wrong: configuration, machine, disk, database, port and proxy",
  needs: "data folder",
  exits: "Exit status: 0 all well, 1 warnings, 2 problems, or a usage error (one line on standard error).",
  flags: {
    url: { value: "<url>", help: "also go to the server as strangers do, through its proxy, such as https://chat.example.com" },
    token: {
      value: "<token>",
      help: "with --url: a token that may read, so that the server says what it sees (default: LASTBEAT_TOKEN)",
    },
    idle: { value: "<seconds>", help: "with --url and a token: wait this long for the proxy to cut a silent connection" },
    slow: { help: "check every page of the database, however large it is" },
    format: choiceFlag(formats),
  },
  examples: [
    "lastbeat doctor",
    "lastbeat doctor --url https://chat.example.com",
    "LASTBEAT_TOKEN=lb_… lastbeat doctor --url https://chat.example.com --idle 300",
  ],
  async run(given, terminal) {
    const format = oneOf(given, "format", formats);
    if (given.words.length > 0) throw failure("usage", `unexpected argument ${given.words[0]}`);
    const findings = await examine({ env: terminal.env, slow: given.switches.has("slow"), proxy: proxyOf(given, terminal) });
    await terminal.out(format === "json" ? jsonText({ exit: exitOf(findings), findings }) : findings.map(line).join(""));
    return exitOf(findings);
  },
};

function proxyOf(given: Given, terminal: Terminal) {
  const { url, idle } = given.values;
  const seconds = idle === undefined ? 0 : Number(idle);
  if (!(seconds >= 0 && seconds <= LONGEST_IDLE_S) || (idle !== undefined && seconds === 0))
    throw failure("usage", `--idle: expected a number of seconds up to ${LONGEST_IDLE_S}, got ${idle}`);
  if (url === undefined) {
    if (idle !== undefined) throw failure("usage", "--idle: expected --url too");
    return null;
  }
  const server = serverOf(given, terminal);
  if (idle !== undefined && server.token === undefined)
    throw failure("usage", "--idle: expected a token too (--token or LASTBEAT_TOKEN)");
  return { ...server, idleMs: seconds * 1_000 };
}

const CHECK_WIDTH = 13;

function line({ check, level, message }: Finding): string {
  return `${plain(`${level.padEnd(7)}  ${check.padEnd(CHECK_WIDTH)}  ${message}`)}\n`;
}
