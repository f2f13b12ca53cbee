/** Types of the System page. Fields ending in `AtMs` are epoch milliseconds. */
import type { LogView } from "./logLevel.ts";
import type { SettingSource } from "./views.ts";

/** One run of a server on this database. */
export interface BootView {
  readonly id: number;
  readonly pid: number;
  readonly version: string;
  readonly startedAtMs: number;
  /** When it last recorded that it was alive. */
  readonly aliveAtMs: number;
  readonly stoppedAtMs: number | null;
  readonly end: "running" | "stopped" | "crashed";
}

/** A pause of the server process. */
export interface PauseView {
  readonly atMs: number;
  readonly pausedMs: number;
  /** Sessions open at the time. */
  readonly sessions: number;
}

/** Facts read from the database. */
export interface StoredSystem {
  /** Newest first. */
  readonly boots: readonly BootView[];
  /** Newest first. */
  readonly pauses: readonly PauseView[];
  readonly oldestEndAtMs: number | null;
  /** Size of the database's used and free pages. */
  readonly usedBytes: number;
  readonly freeBytes: number;
  readonly sqliteVersion: string;
}

/** One key of the configuration in force. Secrets are masked. */
export interface ConfigLine {
  /** As in `config/config.yaml`. */
  readonly path: string;
  /** In the file's unit. */
  readonly value: string;
  readonly source: SettingSource;
  /** File, line and column, or the environment variable; `null` for defaults and values saved by an operator. */
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
    /** Open files and sockets, and their limit; `null` if the system does not report them. */
    readonly descriptors: { readonly open: number; readonly limit: number | null } | null;
  };
  readonly ledger: {
    readonly file: string;
    /** Size of the database and its write-ahead log, and free disk space; `null` if unreadable. */
    readonly fileBytes: number | null;
    readonly walBytes: number | null;
    readonly diskFreeBytes: number | null;
    readonly queued: number;
    readonly queueLimit: number;
    readonly durability: "process" | "power";
    /** 0 keeps everything. */
    readonly retentionDays: number;
  };
  readonly log: LogView;
  /** The configuration file as named in messages; `null` if there is none. */
  readonly configFile: string | null;
  readonly configuration: readonly ConfigLine[];
}
