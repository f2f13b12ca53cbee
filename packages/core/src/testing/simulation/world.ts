/** What the parts of a simulation share, the judges as well as those who act. */
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
  readonly plan: Plan;
  readonly clock: VirtualClock;
  readonly network: Network;
  readonly ledger: SimulatedLedger;
  readonly keeper: SessionKeeper;
  /** Its insides, to be looked at and never to be touched. */
  readonly engine: Engine;
  readonly trace: Trace;
  readonly settings: SettingsLog;
  /** Sessions, and connections that may become one, that are not over. */
  readonly models: Set<SessionModel>;
  /** Those that said hello, by id. */
  readonly sessions: Map<string, SessionModel>;
  /** Sockets the keeper told to close, and when in observed time; until they are gone. */
  readonly closing: Map<WireFacts, number>;
  /** Sockets the keeper holds, by address. */
  readonly held: Map<string, number>;
  /** First releases so far. */
  releases: number;
  /** Everything that was ever given to a session. */
  readonly resources: SimulatedResource[];
  /** Sessions that ended although the ledger never took their opening, as long as they are there. */
  readonly unopened: Set<SessionModel>;
  /** Ends that the ledger refused until the keeper gave up. */
  readonly unrecorded: Set<string>;
  /** Batch and rank of every eviction. */
  readonly evictions: Set<string>;
  readonly mishaps: Mishaps;
  readonly counts: WorldCounts;
  /** Time for which the server stood still so long that it must have noticed. */
  pausedMs: number;
  /** Length of the last of them, which the keeper notices at its next tick. */
  lastPausedMs: number;
  /** Share of the memory limit that is in use. */
  memoryRatio: number;
  /** What the keeper was told last, bytes, and the level it made of it. */
  sampledBytes: number;
  memoryLevel: MemoryLevel;
  /** Ends that listeners were told of: one that stays, and one that takes itself off and on again. */
  endingsTold: number;
  endingsHeardAnew: number;
  closingDown: boolean;
  /** The keeper says that it is closed. */
  isClosed: boolean;
  /** Something waits for promises to settle. */
  unsettled: boolean;
}

/** Counters of a run: they tell whether the run met what it was made to meet. */
export interface WorldCounts {
  operations: number;
  connections: number;
  opened: number;
  resumed: number;
  refused: number;
  suspected: number;
  refuted: number;
  pauses: number;
  lateTicks: number;
  settingsChanges: number;
  /** What listeners and disposers did that they should not. */
  meddlings: number;
  /** Closes before the time was over. */
  earlyCloses: number;
  admins: number;
  /** Openings with a tick of less than half a second. */
  fineTicks: number;
  /** Ends that were given up because the ledger refused them, and calls of ports that went wrong. */
  unrecorded: number;
  mishaps: number;
  /** Ends by reason. */
  readonly ends: Map<string, number>;
}

/** All the memory there is, bytes. */
export const MEMORY_BYTES = 1_000_000_000;

/** Something that must never happen. Collected, because who notices it is often called from within the keeper. */
export interface Violation {
  readonly rule: string;
  readonly what: string;
}
