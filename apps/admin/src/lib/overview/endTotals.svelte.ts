import type { EndStats, SettingsView } from "@lastbeat/api";
import type { EndReason } from "@lastbeat/core/reasons";
import type { AdminApi } from "../api/adminApi.ts";
import { errorText } from "../api/errors.ts";
import { pollAnswers } from "../poll.ts";

export const overviewRanges = {
  "1h": { label: "1 hour", ms: 3_600_000 },
  "24h": { label: "24 hours", ms: 86_400_000 },
  "7d": { label: "7 days", ms: 7 * 86_400_000 },
} as const;
export type OverviewRange = keyof typeof overviewRanges;

/** The three detection paths with a published bound, and the end reasons of each. */
const detections = {
  socket: ["client_left", "connection_lost"],
  heartbeat: ["unreachable", "unresponsive"],
  timeout: ["idle"],
} as const satisfies Record<string, readonly EndReason[]>;
export type Detection = keyof typeof detections;

/** Recent ends by tier and time, with their detection times. Polled every few seconds. */
export class EndTotals {
  stats = $state.raw<EndStats | null>(null);
  detection = $state.raw<Readonly<Record<Detection, EndStats>> | null>(null);
  settings = $state.raw<SettingsView | null>(null);
  error = $state<string | null>(null);
  /** The range the figures are of. */
  fromMs = $state(0);
  toMs = $state(0);

  follow(api: AdminApi, range: OverviewRange, nowMs: () => number): () => void {
    return pollAnswers({
      everyMs: 4_000,
      ask: async () => {
        const toMs = nowMs();
        const fromMs = Math.floor(toMs - overviewRanges[range].ms);
        const of = (reason: readonly EndReason[]) => api.ends.stats.query({ fromMs, reason: [...reason] });
        const [stats, socket, heartbeat, timeout, settings] = await Promise.all([
          api.ends.stats.query({ fromMs }),
          of(detections.socket),
          of(detections.heartbeat),
          of(detections.timeout),
          api.settings.get.query(),
        ]);
        return { stats, detection: { socket, heartbeat, timeout }, settings, fromMs, toMs };
      },
      onAnswer: (answer) => {
        this.stats = answer.stats;
        this.detection = answer.detection;
        this.settings = answer.settings;
        this.fromMs = answer.fromMs;
        this.toMs = answer.toMs;
        this.error = null;
      },
      onError: (error) => {
        this.error = errorText(error);
      },
    });
  }
}
