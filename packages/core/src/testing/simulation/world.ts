/** The shared state of a simulation, for operations and checks alike. */
import type { Engine } from "../../keeper/engine.ts";
import type { SessionKeeper } from "../../keeper/types.ts";
import type { MemoryLevel } from "../../ports/ledger.ts";
import type { SeededRandom } from "../seededRandom.ts";
import type { VirtualClock } from "../virtualClock.ts";
import type { Mishaps } from "./mishaps.ts";
import type { Network } from "./network.ts";
import type { Plan } from "./plan.ts";
import type { SessionModel, WireFacts } from "./sessionModel.ts";
import type { SettingsLog } from "./settingsLog.ts";
import type { SimulatedLedger } from "./simulatedLedger.ts";
import type { SimulatedResource } from "./simulatedResource.ts";
import type { Trace } from "./trace.ts";

export interface World {
  readonly seed: number;
  readonly random: SeededRandom;
  /** Decides about heartbeats that clients send by themselves; separate, so that the rest of a run does not depend on them. */
  readonly drivers: SeededRandom;
  readonly plan: Plan;
  readonly clock: VirtualClock;
  readonly network: Network;
  readonly ledger: SimulatedLedger;
  readonly keeper: SessionKeeper;
  /** The keeper's internals; read-only. */
  readonly engine: Engine;
  readonly trace: Trace;
  readonly settings: SettingsLog;
  /** Sessions that are not over, and connections that may still become sessions. */
  readonly models: Set<SessionModel>;
  /** Those whose hello was accepted, by id. */
  readonly sessions: Map<string, SessionModel>;
  /** Sockets that the keeper is closing, with the observed time at which it started. */
  readonly closing: Map<WireFacts, number>;
  /** Sockets the keeper holds, by address. */
  readonly held: Map<string, number>;
  /** Count of first releases so far. */
  releases: number;
  /** Every resource that was ever given to a session. */
  readonly resources: SimulatedResource[];
  /** Sessions that are ending although the ledger never recorded their opening. */
  readonly unopened: Set<SessionModel>;
  /** Ends that the ledger refused until the keeper gave up. */
  readonly unrecorded: Set<string>;
  /** Batch and rank of every eviction. */
  readonly evictions: Set<string>;
  readonly mishaps: Mishaps;
  readonly counts: WorldCounts;
  /** Total length of the pauses that the keeper must notice. */
  pausedMs: number;
  /** Length of the last pause, which the keeper notices at its next tick. */
  lastPausedMs: number;
  /** Share of the memory limit in use. */
  memoryRatio: number;
  /** The last sample given to the keeper, bytes, and the level that it derived. */
  sampledBytes: number;
  memoryLevel: MemoryLevel;
  /** `ending` events received by a permanent listener, and by one that resubscribes at every event. */
  endingsTold: number;
  endingsToResubscriber: number;
  closingDown: boolean;
  /** The keeper's `close` has resolved. */
  isClosed: boolean;
  /** Promises need to settle before the next check. */
  unsettled: boolean;
}

/** Counters of a run, which show whether it covered the intended situations. */
export interface WorldCounts {
  operations: number;
  connections: number;
  opened: number;
  resumed: number;
  refused: number;
  suspected: number;
  refuted: number;
  /** Heartbeats that clients sent unasked, and those that the server asked of them. */
  ownBeats: number;
  asked: number;
  pauses: number;
  lateTicks: number;
  settingsChanges: number;
  /** Calls to the keeper from within listeners and disposers. */
  meddlings: number;
  /** Closes before the end of the run. */
  earlyCloses: number;
  admins: number;
  /** Openings in worlds with a tick shorter than half a second. */
  fineTicks: number;
  /** Ends that were given up because the ledger refused them, and failed calls to ports. */
  unrecorded: number;
  mishaps: number;
  /** Ends by reason. */
  readonly ends: Map<string, number>;
}

/** The memory limit, bytes. */
export const MEMORY_BYTES = 1_000_000_000;

/** A broken rule. Collected rather than thrown, because most checks run within a call by the keeper. */
export interface Violation {
  readonly rule: string;
  readonly what: string;
}
