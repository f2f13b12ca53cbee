/** Metrics of what is refused, and of the limits on connections and memory. */
import { refusalCauses } from "@lastbeat/core";
import { byLabel, counter, type Family, gauge } from "../family.ts";
import type { Watched } from "../watched.ts";

const levels = ["ok", "soft", "hard"] as const;

export function limitFamilies({ keeper, connectionLimit, chat, failedAttempts }: Watched): Family[] {
  const memory = () => keeper.stats().memory;
  return [
    counter("lastbeat_refusals_total", "Connections and hellos refused, by cause.", () => {
      const { refusals } = keeper.stats();
      return refusalCauses.map((cause) => ({ labels: { cause }, value: refusals[cause] ?? 0 }));
    }),
    gauge("lastbeat_connections", "TCP connections open.", () => connectionLimit.counts().open),
    gauge(
      "lastbeat_connections_limit",
      "TCP connections that the limit on open files allows.",
      () => connectionLimit.counts().served,
    ),
    counter(
      "lastbeat_connections_refused_total",
      "TCP connections refused for want of file descriptors.",
      () => connectionLimit.counts().refused,
    ),
    counter(
      "lastbeat_chat_rate_limited_total",
      "Messages and other calls of the chat refused because they came too fast.",
      () => chat.rateLimited,
    ),
    counter("lastbeat_failed_sign_ins_total", "Wrong links, passwords and tokens.", () => failedAttempts.total),
    gauge("lastbeat_memory_level", "1 for the memory level in force.", () =>
      levels.map((level) => ({ labels: { level }, value: memory().level === level ? 1 : 0 })),
    ),
    gauge("lastbeat_memory_used_bytes", "Memory in use, of the limit that is nearer.", () => memory().usedBytes),
    gauge("lastbeat_memory_limit_bytes", "The limit that is nearer: the container's, or the heap's.", () => memory().limitBytes),
    gauge("lastbeat_memory_threshold_ratio", "Share of the limit at which a level begins.", () =>
      byLabel("level", { soft: keeper.settings.memorySoft, hard: keeper.settings.memoryHard }),
    ),
  ];
}
