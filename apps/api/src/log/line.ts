/** Formats an event as one readable line: time, level, message, then the fields as `key=value`. */

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

export type LogFields = Readonly<Record<string, unknown>>;

export interface LogEvent {
  readonly atMs: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields?: LogFields | undefined;
}

const colours: Readonly<Record<LogLevel, string>> = { debug: "90", info: "32", warn: "33", error: "31" };

/** Formats the line, including its newline. Text from clients is escaped, so it cannot start a new line. */
export function logLine({ atMs, level, message, fields }: LogEvent, coloured = false): string {
  const word = level.toUpperCase().padEnd(5);
  const shown = coloured ? `\u001b[${colours[level]}m${word}\u001b[39m` : word;
  return `${new Date(atMs).toISOString()} ${shown} ${escaped(message)}${fieldsText(fields ?? {})}\n`;
}

function fieldsText(fields: LogFields): string {
  let text = "";
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    text += ` ${key}=${valueText(value)}`;
    if (value instanceof Error && value.stack !== undefined) text += ` stack=${JSON.stringify(value.stack)}`;
  }
  return text;
}

function valueText(value: unknown): string {
  if (typeof value === "string") return quotedIfNeeded(value);
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (value instanceof Error) return quotedIfNeeded(value.message);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return quotedIfNeeded(String(value));
  }
}

function quotedIfNeeded(text: string): string {
  return /^[^\s"=\p{Cc}]+$/u.test(text) ? text : escaped(JSON.stringify(text));
}

/** Escapes control characters. Otherwise a client's name could end the line or control the operator's terminal. */
function escaped(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    if (character === "\n") return "\\n";
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
