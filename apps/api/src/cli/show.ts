/** Formats values for the terminal. */

/** Control and direction characters. A user's name must not move the cursor or reverse the text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g;

const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

export function plain(text: string): string {
  return text.replace(unprintable, escaped);
}

/** JSON on one line, with control characters escaped. */
export function jsonLine(value: unknown): string {
  return `${plain(JSON.stringify(value))}\n`;
}

export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2).split("\n").map(plain).join("\n")}\n`;
}

/** UTC, as everywhere in the ledger. */
export function moment(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace("T", " ");
}

export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${(ms / 3_600_000).toFixed(1)} h` : `${Math.round(ms / 86_400_000)} d`;
}

export function number(value: number): string {
  return value.toLocaleString("en-US");
}
