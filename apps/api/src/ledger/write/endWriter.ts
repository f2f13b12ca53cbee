/** Stores ends: the row, its words and its count in the roll-up. Call it inside a transaction. */
import type { SessionEnd } from "@lastbeat/core";
import type Database from "better-sqlite3";
import { detectionBucket } from "../detectionBuckets.ts";
import { HOUR_MS } from "../durations.ts";
import { createEndIds } from "../endId.ts";
import { endWords } from "../search/endWords.ts";
import { flag, int, intOrNull, json, jsonOrNull, text, textOrNull } from "./columns.ts";

/** What an end takes over from its session's row. */
export interface OpenSession {
  readonly id: number;
  readonly session_id: string;
  readonly user: string;
  readonly room: string | null;
  readonly address: string;
  readonly client: string;
  readonly open: number;
}

const columns = [
  ...["id", "session", "user", "address", "reason", "tier", "initiator", "close_code", "detail", "note", "operator"],
  ...["last_seen_at_ms", "last_active_at_ms", "detected_at_ms", "released_at_ms", "detection_ms", "bound_ms", "cleanup_ms"],
  ...["cleanup", "resources_released", "resources_failed", "misses", "round_trips_ms", "settings_revision", "pauses"],
  ...["paused_ms", "memory_level", "eviction", "resume_expired", "crashed_between_ms", "late_cause"],
];

export interface EndWriter {
  /** Stores the end of a session. Without effect when the session is unknown or has ended. */
  end(record: SessionEnd): void;
  /** The same for a session whose row is at hand. */
  endOf(session: OpenSession, record: SessionEnd): void;
  /** Writes the counts of the ends stored since the last call; must be called before the commit. */
  countUp(): void;
  /** Forgets counts of a transaction that was rolled back. */
  forget(): void;
}

export function createEndWriter(database: Database.Database): EndWriter {
  const find = database.prepare<[string], OpenSession>(
    "SELECT id, session_id, user, room, address, client, open FROM sessions WHERE session_id = ?",
  );
  const insert = database.prepare(`INSERT INTO ends (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`);
  const insertWords = database.prepare("INSERT INTO ends_words (rowid, words) VALUES (?, ?)");
  const highest = database.prepare<[number, number], number | null>("SELECT max(id) FROM ends WHERE id >= ? AND id < ?").pluck();
  const count = database.prepare(
    `INSERT INTO rollup (hour_at_ms, tier, reason, initiator, detection_up_to_ms, count) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET count = count + excluded.count`,
  );
  const nextId = createEndIds((from, to) => highest.get(from, to) ?? null);
  const counts = new Map<string, { readonly key: readonly unknown[]; ends: number }>();

  function endOf(session: OpenSession, record: SessionEnd): void {
    if (session.open === 0) return;
    const id = nextId(int(record.detectedAtMs));
    insert.run(id, session.id, session.user, session.address, ...endValues(record));
    insertWords.run(
      id,
      endWords({ ...record, sessionId: session.session_id, user: session.user, room: session.room, client: session.client }),
    );
    const key = rollupKey(record);
    const counted = counts.get(key.join("|"));
    if (counted === undefined) counts.set(key.join("|"), { key, ends: 1 });
    else counted.ends += 1;
  }

  return {
    endOf,
    end(record) {
      const session = find.get(record.sessionId);
      if (session !== undefined) endOf(session, record);
    },
    countUp() {
      for (const { key, ends } of counts.values()) count.run(...key, ends);
      counts.clear();
    },
    forget: () => counts.clear(),
  };
}

function rollupKey(record: SessionEnd): readonly (string | number)[] {
  const hourAtMs = Math.floor(int(record.detectedAtMs) / HOUR_MS) * HOUR_MS;
  return [hourAtMs, text(record.tier), text(record.reason), text(record.initiator), detectionBucket(int(record.detectionMs))];
}

function endValues(record: SessionEnd): (string | number | null)[] {
  return [
    ...[text(record.reason), text(record.tier), text(record.initiator), intOrNull(record.closeCode), text(record.detail)],
    ...[textOrNull(record.note), textOrNull(record.operator), int(record.lastSeenAtMs), int(record.lastActiveAtMs)],
    ...[
      int(record.detectedAtMs),
      int(record.releasedAtMs),
      int(record.detectionMs),
      intOrNull(record.boundMs),
      int(record.cleanupMs),
    ],
    ...[text(record.cleanup), int(record.resourcesReleased), json(record.resourcesFailed ?? []), int(record.misses)],
    ...[json(record.roundTripsMs ?? []), int(record.settingsRevision), int(record.pauses), int(record.pausedMs)],
    ...[text(record.memoryLevel), jsonOrNull(record.eviction), flag(record.resumeExpired), jsonOrNull(record.crashedBetweenMs)],
    textOrNull(record.lateCause),
  ];
}
