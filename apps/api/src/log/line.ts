/**
 * Formats an event as one line: readable (time, level, message, then the fields as `key=value`), or a JSON object (rule LOG1). Operators grep
 * for messages, and their manual quotes them word for word (rule LOG4).
 */

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

export const logFormats = ["text", "json"] as const;
export type LogFormat = (typeof logFormats)[number];

export type LogFields = Readonly<Record<string, unknown>>;

export interface LogEvent {
  readonly atMs: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields?: LogFields | undefined;
}

const words: Readonly<Record<LogLevel, string>> = { debug: "DEBUG", info: "INFO ", warn: "WARN ", error: "ERROR" };
const colours: Readonly<Record<LogLevel, string>> = { debug: "90", info: "32", warn: "33", error: "31" };

/** Most text is plain ASCII, for which these two are all that is asked. */
const notPlain = /[^ -~]/;
const plainWord = /^[!#-<>-~]+$/;
const word = /^[^\s"=\p{Cc}\p{Cf}\p{Cs}]+$/u;
/** Controls, marks that change the direction of text or show nothing, separators of lines, and halves of characters. */
const deceptive = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Formats the line, including its newline. Text from clients is escaped, so it cannot start a new line. */
export function logLine({ atMs, level, message, fields }: LogEvent, coloured = false): string {
  const shown = coloured ? `\u001b[${colours[level]}m${words[level]}\u001b[39m` : words[level];
  const start = `${isoTime(atMs)} ${shown} ${escaped(message)}`;
  return fields === undefined ? `${start}\n` : `${start}${fieldsText(fields)}\n`;
}

/** The session that a message is about. */
const sessionId = /\bsession_[\w-]+/;

/** Formats the event as a JSON object, with its newline. Fields are in an object of their own, so that none can pass for another key. */
export function jsonLine({ atMs, level, message, fields }: LogEvent): string {
  const session = sessionId.exec(message)?.[0];
  const about = session === undefined ? "" : `,"session":${JSON.stringify(session)}`;
  const start = `{"time":"${isoTime(atMs)}","level":"${level}","msg":${JSON.stringify(message)}${about}`;
  return `${escapedJson(`${start}${fields === undefined ? "" : fieldsJson(fields)}`)}}\n`;
}

/** As `escaped`, in JSON's way: by UTF-16 unit. `JSON.stringify` has escaped newlines. */
function escapedJson(text: string): string {
  if (!notPlain.test(text)) return text;
  const unit = (at: number, character: string) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`;
  return text.replaceAll(deceptive, (character) =>
    character.length === 1 ? unit(0, character) : unit(0, character) + unit(1, character),
  );
}

function fieldsJson(fields: LogFields): string {
  const members: string[] = [];
  for (const key of Object.keys(fields)) {
    const value = jsonOf(fields[key]);
    if (value !== undefined) members.push(`${JSON.stringify(key)}:${value}`);
  }
  return members.length === 0 ? "" : `,"fields":{${members.join(",")}}`;
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, plainValue);
  } catch {
    return JSON.stringify(String(value));
  }
}

function plainValue(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Error ? { message: value.message, stack: value.stack } : value;
}

/** The beginning of the last time shown, up to the second, since thousands of lines share it. */
let second = Number.NaN;
let secondText = "";

function isoTime(atMs: number): string {
  const at = Math.floor(atMs / 1_000);
  if (at !== second) {
    secondText = new Date(at * 1_000).toISOString().slice(0, -4);
    second = at;
  }
  const ms = Math.floor(atMs) - at * 1_000;
  return `${secondText}${ms < 10 ? "00" : ms < 100 ? "0" : ""}${ms}Z`;
}

function fieldsText(fields: LogFields): string {
  let text = "";
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    if (value === undefined) continue;
    text += ` ${key}=${valueText(value)}`;
    if (value instanceof Error && value.stack !== undefined) text += ` stack=${escaped(JSON.stringify(value.stack))}`;
  }
  return text;
}

function valueText(value: unknown): string {
  if (typeof value === "string") return quotedIfNeeded(value);
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (value instanceof Error) return quotedIfNeeded(value.message);
  try {
    return escaped(JSON.stringify(value) ?? String(value));
  } catch {
    return quotedIfNeeded(String(value));
  }
}

function quotedIfNeeded(text: string): string {
  return plainWord.test(text) || word.test(text) ? text : escaped(JSON.stringify(text));
}

/** Otherwise a client's name could end the line, control the operator's terminal, or turn the line's text around. */
function escaped(text: string): string {
  if (!notPlain.test(text)) return text;
  return text.replaceAll(deceptive, (character) => {
    if (character === "\n") return "\\n";
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
  });
}
