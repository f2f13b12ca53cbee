/** From a row of the database to what the API shows. */
import type {
  EndReason,
  EvictionEvidence,
  FailedRelease,
  Initiator,
  LateCause,
  MemoryLevel,
  SessionKind,
  Tier,
} from "@lastbeat/core";
import type { EndView } from "../../contract/views.ts";

/** The columns of the view `cleanups`. */
export interface EndRow {
  readonly end_id: number;
  readonly session_id: string;
  readonly kind: SessionKind;
  readonly user: string;
  readonly room: string | null;
  readonly address: string;
  readonly client: string;
  readonly transport: string;
  readonly opened_at_ms: number;
  readonly reason: EndReason;
  readonly tier: Tier;
  readonly initiator: Initiator;
  readonly close_code: number | null;
  readonly detail: string;
  readonly note: string | null;
  readonly operator: string | null;
  readonly last_seen_at_ms: number;
  readonly last_active_at_ms: number;
  readonly detected_at_ms: number;
  readonly released_at_ms: number;
  readonly detection_ms: number;
  readonly bound_ms: number | null;
  /** Left out by databases of earlier versions. */
  readonly late_cause?: LateCause | null;
  readonly cleanup_ms: number;
  readonly cleanup: "complete" | "incomplete";
  readonly resources_released: number;
  readonly resources_failed: string;
  readonly misses: number;
  readonly round_trips_ms: string;
  readonly settings_revision: number;
  readonly pauses: number;
  readonly paused_ms: number;
  readonly memory_level: MemoryLevel;
  readonly eviction: string | null;
  readonly resume_expired: number;
  readonly crashed_between_ms: string | null;
}

/** Ends of earlier versions do not say why they were late. The migration fills them in likewise. */
function likelyLateCause({ detection_ms, bound_ms, pauses }: EndRow): LateCause | null {
  if (bound_ms === null || detection_ms <= bound_ms) return null;
  return pauses > 0 ? "pause" : "unknown";
}

export function endViewOf(row: EndRow): EndView {
  return {
    sessionId: row.session_id,
    kind: row.kind,
    user: row.user,
    room: row.room,
    address: row.address,
    client: row.client,
    transport: row.transport,
    openedAtMs: row.opened_at_ms,
    reason: row.reason,
    tier: row.tier,
    initiator: row.initiator,
    closeCode: row.close_code,
    detail: row.detail,
    note: row.note,
    operator: row.operator,
    lastSeenAtMs: row.last_seen_at_ms,
    lastActiveAtMs: row.last_active_at_ms,
    detectedAtMs: row.detected_at_ms,
    releasedAtMs: row.released_at_ms,
    detectionMs: row.detection_ms,
    boundMs: row.bound_ms,
    lateCause: row.late_cause === undefined ? likelyLateCause(row) : row.late_cause,
    cleanupMs: row.cleanup_ms,
    cleanup: row.cleanup,
    resourcesReleased: row.resources_released,
    resourcesFailed: JSON.parse(row.resources_failed) as FailedRelease[],
    misses: row.misses,
    roundTripsMs: JSON.parse(row.round_trips_ms) as number[],
    settingsRevision: row.settings_revision,
    pauses: row.pauses,
    pausedMs: row.paused_ms,
    memoryLevel: row.memory_level,
    eviction: row.eviction === null ? null : (JSON.parse(row.eviction) as EvictionEvidence),
    resumeExpired: row.resume_expired === 1,
    crashedBetweenMs: row.crashed_between_ms === null ? null : (JSON.parse(row.crashed_between_ms) as [number, number]),
  };
}
