/** What operators see, in the API's words. Times ending in `AtMs` are epoch milliseconds of the server's wall clock. */
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
  /** Latest beats, oldest first: a round-trip time in ms, `null` for a miss, -1 for a server pause. At most 32. */
  readonly beats: readonly (number | null)[];
  readonly busy: readonly string[];
  readonly declaredBytes: number;
  readonly resources: readonly string[];
}

/** Why a session is still alive: one deadline, when it falls due and what moved it last. */
export interface DeadlineView {
  readonly kind: string;
  readonly dueInMs: number;
  readonly movedBy: string;
}

/** One ended session: what its opening and its end say. Columns of the SQL view `ended_sessions` have the same names in snake case. */
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
  /** Rows that match the filter in all; counted up to `totalIsAtLeast ? "at least" : "exactly"` this many. */
  readonly total: number;
  readonly totalIsAtLeast: boolean;
}

export interface EndStats {
  readonly total: number;
  readonly byTier: Readonly<Partial<Record<Tier, number>>>;
  readonly byReason: Readonly<Partial<Record<EndReason, number>>>;
  /** Buckets of `bucketMs`, oldest first, empty ones left out. */
  readonly bucketMs: number;
  readonly buckets: readonly { readonly atMs: number; readonly byTier: Readonly<Partial<Record<Tier, number>>> }[];
  readonly detectionMedianMs: number | null;
  readonly detectionP99Ms: number | null;
  /** Whether the two are exact; else they are at most a tenth above the true ones, and no end was found later than in its bucket. */
  readonly detectionIsExact: boolean;
  /** Ends found later than the bound in force at that moment, counted one by one, by what prolonged the verdict. */
  readonly late: Readonly<Partial<Record<LateCause, number>>>;
}

export type SettingSource = "default" | "preset" | "file" | "environment" | "operator";

export interface SettingView {
  readonly key: SettingKey;
  readonly field: SettingField;
  /** In the written unit (`field.unit`). */
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

/** What retention keeps, and whether it believes the wall clock. */
export interface RetentionState {
  /** 0 keeps everything. */
  readonly days: number;
  /** Ends detected before this were removed; 0 when none were. */
  readonly keptFromMs: number;
  /** The time retention goes by. */
  readonly trustedAtMs: number;
  /** The wall clock is elsewhere, and retention does not follow it; `null` when it does. */
  readonly jump: {
    /** Ahead of trusted time; negative when it was set back. */
    readonly aheadMs: number;
    /** Since when the wall clock has been where it is now, by its own time. */
    readonly sinceAtMs: number;
    /** Whether it is believed only after an operator has said that it is right; otherwise after an hour. */
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
  /** How many of each came within the last hour; an hour and a minute at most. */
  readonly lastHour: { readonly pauses: number; readonly refusals: number };
  readonly falsePositives: number;
  readonly ledger: { readonly accepting: boolean; readonly cause: string | null; readonly queued: number };
  /** `null` before it is known, right after the start. */
  readonly retention: RetentionState | null;
  readonly heartbeatBoundMs: number;
  readonly settingsRevision: number;
  readonly version: string;
}
