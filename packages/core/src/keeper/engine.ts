/** The shared context of a keeper's parts: ports, settings, and the single home of each kind of state. */

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
import type { TokenHashes } from "./tokenHashes.ts";
import type { KeeperTotals } from "./totals.ts";
import type { KeeperEvents, Session } from "./types.ts";

export interface Engine {
  readonly clock: Clock;
  readonly ledger: KeeperLedger;
  readonly random: Random;
  readonly log: Required<KeeperLog>;
  /** Wraps calls to sockets, listeners and resources. The ports above are already guarded. */
  readonly guard: Guard;
  readonly observed: ObservedTime;
  readonly wheel: TimingWheel<SessionRecord>;
  readonly registry: Registry;
  readonly history: BeatHistory;
  readonly tokenHashes: TokenHashes;
  readonly admission: Admission;
  readonly deaths: RecentDeaths;
  readonly silences: RecentSilences;
  readonly events: Emitter<KeeperEvents>;
  readonly endings: EndingQueue;
  readonly failedReleases: FailedReleases;
  /** Pending releases of sessions whose opening the ledger refused; `close` waits for them. */
  readonly releasing: Set<Promise<void>>;
  /** The session's public handle, for applications and listeners; always the same object. */
  readonly handleOf: (record: SessionRecord) => Session;
  /** Sockets that are being closed, and are dropped if they do not close in time. */
  readonly closingSockets: DelayQueue;
  readonly releaseLimits: DelayQueue;
  /** Ends that the ledger refused, waiting for a retry. */
  readonly endRetries: DelayQueue;
  settings: Settings;
  revision: number;
  /** The wall clock when the keeper was made, whole epoch milliseconds. */
  readonly madeAtMs: number;
  /** The monotonic clock as last read by the ticker, whole milliseconds. */
  monoMs: number;
  memoryLevel: MemoryLevel;
  readonly earlierSettings: EarlierSettings;
  readonly totals: KeeperTotals;
  shuttingDown: boolean;
}

/** Arms the wheel for a session's earliest deadline, or disarms it. Call whenever a deadline may have come nearer. */
export function rearm(engine: Engine, record: SessionRecord): void {
  const dueMs = earliestDeadlineMs(record, engine.settings);
  if (dueMs === NEVER) engine.wheel.disarm(record);
  else if (dueMs !== record.wheelDueMs) engine.wheel.arm(record, dueMs);
}

/** Writes an event of a session, or of the server (`null`), to the ledger, timestamped with the current wall clock. */
export function writeEvent(
  engine: Engine,
  ...[sessionId, event]: readonly [sessionId: string, event: SessionEvent] | readonly [sessionId: null, event: ServerEvent]
): void {
  engine.ledger.event({ atMs: Math.round(engine.clock.wallMs()), sessionId, event } as LedgerEvent);
}

/** When a session opened, epoch milliseconds. */
export function openedAtMs(engine: Engine, record: SessionRecord): number {
  return engine.madeAtMs + record.openedAfterMs;
}

/** Converts a past reading of the monotonic clock to whole epoch milliseconds, by the current wall clock. */
export function wallAt(engine: Engine, monoMs: number): number {
  return Math.round(engine.clock.wallMs() - Math.max(0, engine.clock.monotonicMs() - monoMs));
}
