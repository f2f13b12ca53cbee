/** A configuration file of the test's own, and the settings that it stands for. */
import { writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { resolveSettings, type Settings, settingFields, settingKeys, toWritten } from "@lastbeat/core";

/** Short times, so that the suite takes seconds; each is in proportion to its default. */
const quick: Partial<Settings> = {
  maxSessions: 200,
  heartbeatIntervalMs: 1_000,
  heartbeatPongTimeoutMs: 600,
  heartbeatMaxFailures: 3,
  sweepIntervalMs: 500,
  memorySampleMs: 500,
};

export function quickSettings(settings: Partial<Settings> = {}): Settings {
  return resolveSettings({ ...quick, ...settings });
}

export interface ConfigFile {
  readonly folder: string;
  readonly settings: Settings;
  readonly host: string;
  readonly port: number;
  readonly logLevel: "debug" | "info";
  readonly lab?: boolean;
  /** More keys of the section `server`, such as `base_path`. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Writes it. JSON is YAML too. */
export function writeConfig({ folder, settings, host, port, logLevel, lab = false, more = {} }: ConfigFile): string {
  const sections: Record<string, Record<string, unknown>> = {
    server: { host, port, ...more },
    ledger: { file: join(folder, "data/lastbeat.db") },
    log: { file: join(folder, "logs/app.log"), level: logLevel },
  };
  for (const key of settingKeys) {
    const [section = "", name = ""] = settingFields[key].path.split(".");
    sections[section] = { ...sections[section], [name]: toWritten(key, settings[key]) };
  }
  const file = join(folder, "config.yaml");
  writeFileSync(file, JSON.stringify({ ...sections, lab }, null, 2));
  return file;
}

/** A port that is free now; a server that is started again must get the same one. */
export async function freePort(host: string): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(0, host, resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
