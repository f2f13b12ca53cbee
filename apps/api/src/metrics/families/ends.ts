/** Metrics of ends: how many, why, how soon, and whether within the bound. */
import { boundForReason, type EndReason, endReasonNames, endReasons, tiers } from "@lastbeat/core";
import { boundTiers } from "../endTally.ts";
import { byLabel, counter, type Family, gauge, histogram, type Sample } from "../family.ts";
import type { Watched } from "../watched.ts";

export function endFamilies({ keeper, ends }: Watched): Family[] {
  return [
    counter("lastbeat_ends_total", "Ended sessions by the tier that found the end and its reason.", () =>
      endReasonNames.map((reason) => ({ labels: { tier: endReasons[reason].tier, reason }, value: ends.byReason[reason] })),
    ),
    counter("lastbeat_late_ends_total", "Ends found later than their bound, by what delayed the verdict.", () =>
      boundTiers.flatMap((tier) =>
        byLabel("cause", ends.late[tier]).map(({ labels, value }) => ({ labels: { tier, ...labels }, value })),
      ),
    ),
    gauge("lastbeat_detection_bound_seconds", "The published bound for finding an end; for timeouts, that of idleness.", () =>
      bounds(keeper.settings),
    ),
    histogram("lastbeat_detection_seconds", "From the cause of an end to its detection, in observed time.", () =>
      tiers.map((tier) => ({ labels: { tier }, distribution: ends.detection[tier] })),
    ),
    histogram("lastbeat_detection_bound_ratio", "Detection time as a part of the bound in force: over 1 is late.", () =>
      boundTiers.map((tier) => ({ labels: { tier }, distribution: ends.boundShare[tier] })),
    ),
    histogram("lastbeat_cleanup_seconds", "From the detection of an end until all resources were released.", () => [
      { labels: {}, distribution: ends.cleanup },
    ]),
    counter(
      "lastbeat_releases_failed_total",
      "Resources whose release threw or took over 5 s.",
      () => keeper.stats().totals.releasesFailed,
    ),
  ];
}

/** A reason whose bound stands for its tier's. */
const typicalReason = {
  socket: "connection_lost",
  heartbeat: "unreachable",
  timeout: "idle",
  memory: "memory_pressure",
} as const satisfies Record<(typeof boundTiers)[number], EndReason>;

function bounds(settings: Watched["keeper"]["settings"]): Sample[] {
  return boundTiers.map((tier) => ({ labels: { tier }, value: (boundForReason(typicalReason[tier], settings) ?? 0) / 1_000 }));
}
