/** Data for the System page: this run, earlier ones, pauses, the database, versions and the configuration in force. */
import { readdir, readFile, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { MemorySource } from "@lastbeat/core";
import { configLine } from "./config/configLines.ts";
import type { Config } from "./config.ts";
import { openFilesLimit } from "./connectionLimit.ts";
import type { SystemView } from "./contract/systemView.ts";
import type { Store } from "./ledger/store.ts";
import type { LogSettings } from "./log/logSettings.ts";
import type { Readiness } from "./readiness.ts";
import type { SettingsService } from "./settings/settingsService.ts";
import { version } from "./version.ts";

/** How far back pauses are listed. */
const PAUSES_SINCE_MS = 30 * 86_400_000;

export interface SystemReportOptions {
  readonly store: Store;
  readonly readiness: Pick<Readiness, "cause">;
  readonly config: Config;
  readonly settings: SettingsService;
  readonly log: Pick<LogSettings, "view">;
  /** Used instead of `process.memoryUsage`, which opens a file: this page must work when no descriptors are left. */
  readonly memory: MemorySource;
  readonly startedAtMs: number;
  readonly now: () => number;
}

export class SystemReport {
  readonly #options: SystemReportOptions;

  constructor(options: SystemReportOptions) {
    this.#options = options;
  }

  async view(): Promise<SystemView> {
    const { store, readiness, config, log, memory, startedAtMs, now } = this.#options;
    const atMs = now();
    const { file, queueLimit, durability, retentionDays } = config.ledger;
    const cause = readiness.cause();
    const [{ sqliteVersion, ...stored }, fileBytes, walBytes, diskFreeBytes, descriptors] = await Promise.all([
      store.system(atMs - PAUSES_SINCE_MS),
      sizeOf(file),
      sizeOf(`${file}-wal`),
      freeAt(dirname(file)),
      openDescriptors(),
    ]);
    return {
      ...stored,
      atMs,
      ready: { ready: cause === null, cause },
      versions: {
        lastbeat: version,
        node: process.versions.node,
        sqlite: sqliteVersion,
        system: `${process.platform} ${process.arch}`,
      },
      process: { pid: process.pid, startedAtMs, residentBytes: memory.sample().residentBytes, descriptors },
      ledger: { file, fileBytes, walBytes, diskFreeBytes, queued: store.queued(), queueLimit, durability, retentionDays },
      log: log.view(),
      configFile: config.file,
      configuration: this.#configuration(),
    };
  }

  /** Settings saved by an operator override those from files and the environment. */
  #configuration(): SystemView["configuration"] {
    const { config, settings } = this.#options;
    const inForce = new Map(settings.view().settings.map(({ field, value, source }) => [field.path, { value, source }]));
    return config.values.map((line) => {
      const setting = inForce.get(line.path);
      if (setting === undefined) return configLine(line);
      return configLine({ ...line, ...setting, where: setting.source === line.source ? line.where : null });
    });
  }
}

async function sizeOf(file: string): Promise<number | null> {
  return stat(file).then(
    ({ size }) => size,
    () => null,
  );
}

async function freeAt(folder: string): Promise<number | null> {
  return statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => null,
  );
}

/** Available on Linux only. Elsewhere it would take another program. */
async function openDescriptors(): Promise<SystemView["process"]["descriptors"]> {
  try {
    const [open, limits] = await Promise.all([readdir("/proc/self/fd"), readFile("/proc/self/limits", "utf8")]);
    return { open: open.length, limit: openFilesLimit(limits) };
  } catch {
    return null;
  }
}
