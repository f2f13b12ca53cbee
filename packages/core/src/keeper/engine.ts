/** What the parts of a keeper share: its ports, its settings, and the one place where each kind of state lives. */

import type { Clock } from "../ports/clock.ts";
import type { LedgerEvent, MemoryLevel, ServerEvent, SessionEvent } from "../ports/ledger.ts";
import type { KeeperLog } from "../ports/log.ts";
import type { Random } from "../ports/random.ts";
import { NEVER } from "../rules/heartbeat.ts";

import { earliestDeadlineMs } from "../rules/timeouts.ts";
import type { EarlierSettings } from "../settings/earlierSettings.ts";
import type { Settings } from "../settings/settings.ts";
import type { DelayQueue } from "../time/delayQueue.ts";
import type { ObservedTime } from "../time/observedTime.ts";
import type { EndingQueue } from "../time/slices.ts";
import type { TimingWheel } from "../time/timingWheel.ts";
import type { Admission } from "./admission.ts";
import type { BeatHistory } from "./beatHistory.ts";
import type { Emitter } from "./emitter.ts";
import type { Guard } from "./guard.ts";
import type { KeeperLedger } from "./guardedPorts.ts";
import type { RecentDeaths, RecentSilences } from "./recent.ts";
import type { SessionRecord } from "./record.ts";
import type { Registry } from "./registry.ts";
import type { FailedReleases } from "./resources.ts";
import type { KeeperEvents, Session } from "./types.ts";

export interface Engine {
  readonly clock: Clock;
  readonly ledger: KeeperLedger;
  readonly random: Random;
  readonly log: KeeperLog;
  /** The ports above are guarded already; sockets, listeners and resources are called under it. */
  readonly guard: Guard;
  readonly observed: ObservedTime;
  readonly wheel: TimingWheel<SessionRecord>;
  readonly registry: Registry;
  readonly history: BeatHistory;
  readonly admission: Admission;
  readonly deaths: RecentDeaths;
  readonly silences: RecentSilences;
  readonly events: Emitter<KeeperEvents>;
  readonly endings: EndingQueue;
  readonly failedReleases: FailedReleases;
  /** Releases of sessions that were refused after all; nobody else waits for them. */
  readonly releasing: Set<Promise<void>>;
  /** The face of a session for applications and listeners; always the same one. */
  readonly handleOf: (record: SessionRecord) => Session;
  /** Sockets that were told to close and are dropped when they do not. */
  readonly closingSockets: DelayQueue;
  readonly releaseLimits: DelayQueue;
  /** Ends that the ledger refused, until they are tried again. */
  readonly endRetries: DelayQueue;
  settings: Settings;
  revision: number;
  /** The monotonic clock when the ticker read it last, whole milliseconds. */
  monoMs: number;
  memoryLevel: MemoryLevel;
  readonly earlierSettings: EarlierSettings;
  heartbeatsSent: number;
  shuttingDown: boolean;
}

/** Arms the wheel for the earliest deadline of a session, or takes it off. Call after any deadline may have come nearer. */
export function rearm(engine: Engine, record: SessionRecord): void {
  const dueMs = earliestDeadlineMs(record, engine.settings);
  if (dueMs === NEVER) engine.wheel.disarm(record);
  else if (dueMs !== record.wheelDueMs) engine.wheel.arm(record, dueMs);
}

/** Writes an event of a session, or of the server (`null`), to the ledger, at the wall clock's now. */
export function writeEvent(
  engine: Engine,
  ...[sessionId, event]: readonly [sessionId: string, event: SessionEvent] | readonly [sessionId: null, event: ServerEvent]
): void {
  engine.ledger.event({ atMs: Math.round(engine.clock.wallMs()), sessionId, event } as LedgerEvent);
}

/** The wall clock, whole epoch milliseconds, at a past moment of the monotonic clock, judged by the wall clock of now. */
export function wallAt(engine: Engine, monoMs: number): number {
  return Math.round(engine.clock.wallMs() - Math.max(0, engine.clock.monotonicMs() - monoMs));
}
