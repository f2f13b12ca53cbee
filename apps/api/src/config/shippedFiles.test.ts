/** The files under `config/` and the tables in the code say the same; each is checked against the other. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  heartbeatBoundMs,
  presetNames,
  presetSettings,
  presets,
  settingFields,
  settingKeys,
  survivedOutageMs,
} from "@lastbeat/core";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../config.ts";
import { configKeys, environmentName, presetPath } from "./keys.ts";
import { yamlFileLayer, yamlLayer } from "./yamlLayer.ts";

const folder = join(import.meta.dirname, "../../../../config");
const shipped = readFileSync(join(folder, "config.yaml"), "utf8");
const readme = readFileSync(join(folder, "../README.md"), "utf8");
/** In the shipped file a key is commented out as `#key: value`, prose begins with `# `. */
const uncommented = yamlLayer(shipped.replaceAll(/^( *)#(?=[a-z_])/gm, "$1"), "config.yaml");

/** The comment right above a key. */
function commentOf(path: string): string {
  const lines = shipped.split("\n");
  const names = path.split(".");
  const name = names.pop();
  let section = 0;
  for (const outer of names) section = lines.findIndex((line, i) => i >= section && line.trim() === `${outer}:`);
  const at = lines.findIndex((line, i) => i >= section && line.trim().startsWith(`#${name}:`));
  const above = lines.slice(0, at).reverse();
  const end = above.findIndex((line) => !line.trim().startsWith("# "));
  return above
    .slice(0, end)
    .reverse()
    .map((line) => line.trim().slice(2))
    .join(" ");
}

describe("SET1 config/config.yaml", () => {
  test("SET1 as shipped it only chooses the production preset", () => {
    const config = loadConfig({ env: {} });
    expect(config.preset).toBe("production");
    expect(Object.values(config.sources)).not.toContain("file");
    expect(config.settings).toEqual(presetSettings("production"));
  });

  test("SET1 it names every key there is and no other", () => {
    expect(uncommented.problems).toEqual([]);
    expect(uncommented.entries.map(({ path }) => path).sort()).toEqual([...configKeys.keys(), presetPath].sort());
  });

  test.each([...configKeys.values()])("SET1 $path stands there with its default", ({ path, default: value }) => {
    expect(uncommented.entries.find((entry) => entry.path === path)?.written).toEqual(value);
    const text = Array.isArray(value) ? "none" : String(value);
    expect(commentOf(path)).toMatch(new RegExp(`[(; ]default ${text.replaceAll(".", "\\.")}[;)]`));
  });

  test.each(settingKeys)("SET1 %s is explained with meaning, unit and range", (key) => {
    const { path, meaning, unit, min, max, live } = settingFields[key];
    const comment = commentOf(path);
    expect(comment).toContain(meaning);
    expect(comment).toContain(`(${unit}; ${min} to ${max}; default ${settingFields[key].default}${live ? "; live" : ""})`);
  });
});

describe("SET1 presets", () => {
  test("SET1 there is one file for each preset of the code", () => {
    expect(readdirSync(join(folder, "presets")).sort()).toEqual(presetNames.map((name) => `${name}.yaml`).sort());
  });

  test.each(presetNames)("SET1 %s.yaml says what the code says", (name) => {
    const file = join(folder, `presets/${name}.yaml`);
    const layer = yamlFileLayer({ file, name });
    const config = loadConfig({ env: { LASTBEAT_PRESET: name } });
    expect(config.settings).toEqual(presetSettings(name));
    const written = layer?.entries.map(({ path }) => path);
    for (const key of settingKeys.filter((key) => key in presets[name])) expect(written).toContain(settingFields[key].path);
  });

  test.each(presetNames)("SET1 %s.yaml tells its detection bound", (name) => {
    const text = readFileSync(join(folder, `presets/${name}.yaml`), "utf8");
    expect(text).toContain(`A vanished client is found within ${Math.round(heartbeatBoundMs(presetSettings(name)) / 1000)} s.`);
  });
});

test.each(presetNames)("HB9 %s.yaml tells the outage that surely survives, and whether a grace follows", (name) => {
  const text = readFileSync(join(folder, `presets/${name}.yaml`), "utf8");
  const settings = presetSettings(name);
  const grace =
    settings.resumeGraceMs > 0 ? ` A longer one suspends it: it is kept for ${inSeconds(settings.resumeGraceMs)}.` : "";
  const outage = `${survivedOutageMs(settings) / 1000} s`;
  expect(text).toContain(`# No healthy session ends for an outage of the network of up to ${outage}.${grace}\n`);
});

test("HB9 SES5 a preset that does not survive an outage of ten seconds gives a grace", () => {
  for (const name of presetNames) {
    const settings = presetSettings(name);
    if (survivedOutageMs(settings) < 10_000) expect([name, settings.resumeGraceMs]).toEqual([name, 60_000]);
  }
});

/** `180000` → `180 s` */
const inSeconds = (ms: number) => `${Math.round(ms / 1000)} s`;

test.each(presetNames)("SET1 the README's table says what the preset %s does", (name) => {
  const s = presetSettings(name);
  const times = [s.sessionTimeoutMs, s.heartbeatIntervalMs].map(inSeconds);
  const grace = s.resumeGraceMs > 0 ? `, and ${inSeconds(s.resumeGraceMs)} of grace` : "";
  const outage = `${survivedOutageMs(s) / 1000} s${grace}`;
  const rest = [s.heartbeatMaxFailures, inSeconds(s.heartbeatPongTimeoutMs), inSeconds(heartbeatBoundMs(s)), outage];
  expect(readme).toContain(`\n| \`${name}\` | ${[s.maxSessions, ...times, ...rest].join(" | ")} |\n`);
});

test("SET1 every key has an environment variable of its own", () => {
  const names = [...configKeys.keys(), presetPath].map(environmentName);
  expect(new Set(names).size).toBe(names.length);
  expect(environmentName("websocket.heartbeat_interval")).toBe("LASTBEAT_WEBSOCKET_HEARTBEAT_INTERVAL");
});
