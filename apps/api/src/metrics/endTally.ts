/** Counts ends as they are reported: once each, after the ledger has stored them. */
import { type EndReason, endReasonNames, type LateCause, lateCauses, type SessionEnd, type Tier, tiers } from "@lastbeat/core";
import { Distribution } from "./distribution.ts";

/** Seconds. Socket ends are found within milliseconds; heartbeats and idleness take up to minutes. */
const DETECTION_EDGES = [0.01, 0.1, 1, 5, 10, 20, 30, 45, 60, 75, 90, 105, 120, 180, 300, 600, 1_800];
/** Seconds. A resource may take five until it is given up. */
const CLEANUP_EDGES = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Parts of the bound: 1 is the promise. */
const BOUND_EDGES = [0.1, 0.25, 0.5, 0.75, 0.9, 1, 1.25, 1.5, 2, 4];

/** Tiers whose ends have a bound. */
export const boundTiers = ["socket", "heartbeat", "timeout", "memory"] as const satisfies readonly Tier[];

function perKey<K extends string, T>(keys: readonly K[], make: () => T): Record<K, T> {
  return Object.fromEntries(keys.map((key) => [key, make()])) as Record<K, T>;
}

export class EndTally {
  readonly byReason: Readonly<Record<EndReason, number>>;
  readonly late: Readonly<Record<Tier, Record<LateCause, number>>>;
  readonly detection: Readonly<Record<Tier, Distribution>>;
  readonly boundShare: Readonly<Record<Tier, Distribution>>;
  readonly cleanup = new Distribution(CLEANUP_EDGES);
  readonly #byReason: Record<EndReason, number>;

  constructor() {
    this.#byReason = perKey(endReasonNames, () => 0);
    this.byReason = this.#byReason;
    this.late = perKey(tiers, () => perKey(lateCauses, () => 0));
    this.detection = perKey(tiers, () => new Distribution(DETECTION_EDGES));
    this.boundShare = perKey(tiers, () => new Distribution(BOUND_EDGES));
  }

  add({ reason, tier, detectionMs, boundMs, lateCause, cleanupMs }: SessionEnd): void {
    this.#byReason[reason] += 1;
    this.detection[tier].observe(detectionMs / 1_000);
    this.cleanup.observe(cleanupMs / 1_000);
    if (boundMs !== null) this.boundShare[tier].observe(detectionMs / boundMs);
    if (lateCause !== null) this.late[tier][lateCause] += 1;
  }
}
