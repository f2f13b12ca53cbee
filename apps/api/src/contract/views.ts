/** The API's views for operators. Fields ending in `AtMs` are epoch milliseconds of the server's wall clock. */
import type {
  EndReason,
  LateCause,
  MemoryLevel,
  SessionEnd,
  SessionKind,
  SessionOpening,
  SettingField,
  SettingKey,
  Settings,
  Tier,
} from "@lastbeat/core";

export interface LiveSession {
  readonly id: string;
  readonly kind: SessionKind;
  readonly user: string;
  readonly userId: string | null;
  readonly room: string | null;
  readonly address: string;
  readonly client: string;
  readonly transport: string;
  readonly state: "opening" | "active" | "suspended" | "ending";
  readonly suspect: boolean;
  readonly openedAtMs: number;
  readonly lastSeenAtMs: number;
  readonly lastActiveAtMs: number;
  readonly misses: number;
  /**
   * Latest beats, oldest first: a round-trip time in ms, `null` for a miss, -1 for a server pause, -2 for one of the client's own. At most 32.
   */
  readonly beats: readonly (number | null)[];
  readonly busy: readonly string[];
  readonly declaredBytes: number;
  readonly resources: readonly string[];
}

/** One deadline of a session: when it is due and what last moved it. */
export interface DeadlineView {
  readonly kind: string;
  readonly dueInMs: number;
  readonly movedBy: string;
}

/** An ended session: the fields of its opening and its end. The SQL view `ended_sessions` has the same columns in snake case. */
export type EndView = Omit<SessionOpening, "settingsRevision"> & SessionEnd;

/** One event of a session or of the server, as stored. */
export interface TimelineEntry {
  readonly seq: number;
  readonly atMs: number;
  readonly sessionId: string | null;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface EndPage {
  readonly rows: readonly EndView[];
  /** Pass as `cursor` for the next page; `null` on the last. */
  readonly nextCursor: string | null;
  /** Total number of matching rows. A lower bound if `totalIsAtLeast`, otherwise exact. */
  readonly total: number;
  readonly totalIsAtLeast: boolean;
}

export interface EndStats {
  readonly total: number;
  readonly byTier: Readonly<Partial<Record<Tier, number>>>;
  readonly byReason: Readonly<Partial<Record<EndReason, number>>>;
  /** Buckets of `bucketMs`, oldest first, without empty ones. */
  readonly bucketMs: number;
  readonly buckets: readonly { readonly atMs: number; readonly byTier: Readonly<Partial<Record<Tier, number>>> }[];
  readonly detectionMedianMs: number | null;
  readonly detectionP99Ms: number | null;
  /** Whether the two are exact. Otherwise they are upper limits of their buckets, at most a tenth above the true values. */
  readonly detectionIsExact: boolean;
  /** Ends detected after the bound in force at the time, counted one by one, by what delayed the verdict. */
  readonly late: Readonly<Partial<Record<LateCause, number>>>;
}

export type SettingSource = "default" | "preset" | "file" | "environment" | "operator";

export interface SettingView {
  readonly key: SettingKey;
  readonly field: SettingField;
  /** In the file's unit (`field.unit`). */
  readonly value: number;
  readonly source: SettingSource;
}

export interface SettingsRevision {
  readonly revision: number;
  readonly author: string;
  readonly atMs: number;
  /** Only what changed, in code units (milliseconds, bytes). */
  readonly before: Readonly<Partial<Settings>>;
  readonly after: Readonly<Partial<Settings>>;
}

export interface SettingsView {
  readonly revision: number;
  readonly settings: readonly SettingView[];
  readonly preset: string;
  readonly heartbeatBoundMs: number;
  readonly heartbeatSoonestMs: number;
  readonly idleBoundMs: number;
}

/** State of retention, and whether it trusts the wall clock. */
export interface RetentionState {
  /** 0 keeps everything. */
  readonly days: number;
  /** Ends detected before this have been removed; 0 if none have. */
  readonly keptFromMs: number;
  /** The current time as trusted by retention. */
  readonly trustedAtMs: number;
  /** Set while the wall clock has jumped and retention does not follow it; otherwise `null`. */
  readonly jump: {
    /** How far the wall clock is ahead of trusted time; negative if it was set back. */
    readonly aheadMs: number;
    /** When the jump was noticed, by the wall clock. */
    readonly sinceAtMs: number;
    /** Whether an operator must confirm the new time. Otherwise it is trusted after an hour. */
    readonly needsLook: boolean;
  } | null;
}

export interface Overview {
  readonly atMs: number;
  readonly startedAtMs: number;
  readonly live: number;
  readonly suspect: number;
  readonly opening: number;
  readonly suspended: number;
  readonly ending: number;
  readonly maxSessions: number;
  readonly memory: {
    readonly level: MemoryLevel;
    readonly usedBytes: number;
    readonly limitBytes: number;
    readonly soft: number;
    readonly hard: number;
  };
  readonly pauses: {
    readonly count: number;
    readonly totalMs: number;
    readonly longestMs: number;
    readonly lastAtMs: number | null;
  };
  readonly refusals: Readonly<Record<string, number>>;
  /** Counts over the last hour (an hour and a minute at most). */
  readonly lastHour: { readonly pauses: number; readonly refusals: number };
  readonly falsePositives: number;
  readonly ledger: { readonly accepting: boolean; readonly cause: string | null; readonly queued: number };
  /** `null` right after the start, before it is known. */
  readonly retention: RetentionState | null;
  readonly heartbeatBoundMs: number;
  readonly settingsRevision: number;
  readonly version: string;
}
