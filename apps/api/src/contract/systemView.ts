/** The server itself, as operators see it on the System page. Times ending in `AtMs` are epoch milliseconds. */
import type { SettingSource } from "./views.ts";

/** One run of a server on this database. */
export interface BootView {
  readonly id: number;
  readonly pid: number;
  readonly version: string;
  readonly startedAtMs: number;
  /** Last proof that it lived. */
  readonly aliveAtMs: number;
  readonly stoppedAtMs: number | null;
  readonly end: "running" | "stopped" | "crashed";
}

/** The server stood still. */
export interface PauseView {
  readonly atMs: number;
  readonly pausedMs: number;
  /** Sessions that were open then. */
  readonly sessions: number;
}

/** What only the database knows. */
export interface StoredSystem {
  /** Newest first. */
  readonly boots: readonly BootView[];
  /** Newest first. */
  readonly pauses: readonly PauseView[];
  readonly oldestEndAtMs: number | null;
  /** Pages of the database in use, and those kept for later. */
  readonly usedBytes: number;
  readonly freeBytes: number;
  readonly sqliteVersion: string;
}

/** One key of the configuration as it is in force. Secrets are not shown. */
export interface ConfigLine {
  /** As in `config/config.yaml`. */
  readonly path: string;
  /** In the unit of the file. */
  readonly value: string;
  readonly source: SettingSource;
  /** File, line and column, or the variable of the environment; `null` for a default and for what an operator saved. */
  readonly where: string | null;
}

export interface SystemView extends Omit<StoredSystem, "sqliteVersion"> {
  readonly atMs: number;
  readonly ready: { readonly ready: boolean; readonly cause: string | null };
  readonly versions: { readonly lastbeat: string; readonly node: string; readonly sqlite: string; readonly system: string };
  readonly process: {
    readonly pid: number;
    readonly startedAtMs: number;
    readonly residentBytes: number;
    /** Open files and sockets and how many there may be; `null` where the system does not say. */
    readonly descriptors: { readonly open: number; readonly limit: number | null } | null;
  };
  readonly ledger: {
    readonly file: string;
    /** The database with its write-ahead log on the disk, and what is free there; `null` when that cannot be read. */
    readonly fileBytes: number | null;
    readonly walBytes: number | null;
    readonly diskFreeBytes: number | null;
    readonly queued: number;
    readonly queueLimit: number;
    readonly durability: "process" | "power";
    /** 0 keeps everything. */
    readonly retentionDays: number;
  };
  /** The file that was read, as messages name it; `null` when there is none. */
  readonly configFile: string | null;
  readonly configuration: readonly ConfigLine[];
}
