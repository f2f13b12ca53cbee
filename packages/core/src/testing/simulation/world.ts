/** What the parts of a simulation share. */
import type { Engine } from "../../engine.ts";
import type { SessionKeeper } from "../../keeperTypes.ts";
import type { SeededRandom } from "../seededRandom.ts";
import type { VirtualClock } from "../virtualClock.ts";
import type { Network } from "./network.ts";
import type { Plan } from "./plan.ts";
import type { SessionModel } from "./sessionModel.ts";
import type { SettingsLog } from "./settingsLog.ts";
import type { SimulatedClient } from "./simulatedClient.ts";
import type { SimulatedLedger } from "./simulatedLedger.ts";
import type { Trace } from "./trace.ts";
import type { Wire } from "./wire.ts";

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
  readonly clients: SimulatedClient[];
  /** Sessions, and connections that may become one, that are not over. */
  readonly models: Set<SessionModel>;
  /** Those that said hello, by id. */
  readonly sessions: Map<string, SessionModel>;
  /** Sockets the keeper told to close, and when in observed time; until they are gone. */
  readonly closing: Map<Wire, number>;
  /** Sockets the keeper holds, by address. */
  readonly held: Map<string, number>;
  /** Connections their clients gave up; they may still report something. */
  readonly abandoned: Wire[];
  /** First releases so far. */
  releases: number;
  readonly counts: WorldCounts;
  /** Time for which the server stood still so long that it must have noticed. */
  pausedMs: number;
  /** Share of the memory limit that is in use. */
  memoryRatio: number;
  closingDown: boolean;
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
  /** Ends by reason. */
  readonly ends: Map<string, number>;
}

/** Something that must never happen. Collected, because who notices it is often called from within the keeper. */
export interface Violation {
  readonly rule: string;
  readonly what: string;
}
