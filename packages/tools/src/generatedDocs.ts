/** The documentation parts that are generated from code. `npm run docs` writes them; a test fails when they are stale. */
import { readFileSync, writeFileSync } from "node:fs";
import {
  endReasonNames,
  endReasons,
  heartbeatBoundMs,
  heartbeatSoonestMs,
  presetNames,
  presetSettings,
  settingFields,
  settingKeys,
  survivedOutageMs,
} from "@lastbeat/core";

const code = (text: string | number) => `\`${text}\``;

function endReasonTable(): string {
  const rows = endReasonNames.map((name) => {
    const { tier, initiator, closeCode, retry, issuedWhen } = endReasons[name];
    return `| ${code(name)} | ${closeCode ?? "–"} | ${tier} | ${initiator} | ${retry ? "yes" : "no"} | ${issuedWhen} |`;
  });
  return ["| reason | close code | tier | initiator | come back | issued when |", "|---|---|---|---|---|---|", ...rows].join(
    "\n",
  );
}

function settingsTable(): string {
  const rows = settingKeys.map((key) => {
    const { path, unit, default: value, min, max, live, meaning } = settingFields[key];
    return `| ${code(path)} | ${unit} | ${value} | ${min} – ${max} | ${live ? "yes" : "no"} | ${meaning} |`;
  });
  return ["| key | unit | default | range | live | meaning |", "|---|---|---|---|---|---|", ...rows].join("\n");
}

/** For every preset, its detection bounds and the outage it survives. */
function outageTable(): string {
  const seconds = (ms: number) => `${ms / 1_000} s`;
  const rows = presetNames.map((name) => {
    const settings = presetSettings(name);
    const figures = [heartbeatSoonestMs, heartbeatBoundMs, survivedOutageMs].map((figure) => seconds(figure(settings)));
    return `| ${code(name)} | ${figures.join(" | ")} | ${seconds(settings.resumeGraceMs)} |`;
  });
  const head = "| preset | soonest verdict on a silent client | latest verdict | survived outage | resume grace |";
  return [head, "|---|---|---|---|---|", ...rows].join("\n");
}

/** A generated part: its file, its name there, and the function that makes it. */
export interface GeneratedPart {
  readonly file: string;
  readonly name: string;
  readonly make: () => string;
}

export const generatedParts: readonly GeneratedPart[] = [
  { file: "docs/PROTOCOL.md", name: "end reasons", make: endReasonTable },
  { file: "docs/SETTINGS.md", name: "settings", make: settingsTable },
  { file: "docs/SETTINGS.md", name: "outages", make: outageTable },
];

/** Inserts a generated part between its markers. @throws {Error} when the markers are missing. */
export function insertPart(text: string, name: string, part: string): string {
  const start = `<!-- generated: ${name} (npm run docs) -->\n`;
  const end = "<!-- /generated -->";
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`the markers of the generated part "${name}" are missing`);
  return `${text.slice(0, from + start.length)}${part}\n${text.slice(to)}`;
}

/** Writes parts to their files. */
export function writeParts(parts: readonly GeneratedPart[]): void {
  for (const { file, name, make } of parts) {
    const path = new URL(`../../../${file}`, import.meta.url);
    writeFileSync(path, insertPart(readFileSync(path, "utf8"), name, make()));
  }
}
