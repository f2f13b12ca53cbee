/** Named presets for the settings, in code units; `config/presets/*.yaml` are the same presets in written units. */
import { resolveSettings, type Settings } from "./settings.ts";

const presetValues = {
  production: {},
  constrained: {
    maxSessions: 5,
    sessionTimeoutMs: 120_000,
    heartbeatIntervalMs: 60_000,
    heartbeatMaxFailures: 2,
    heartbeatPongTimeoutMs: 20_000,
  },
  "low-latency": {
    maxSessions: 1_000,
    sessionTimeoutMs: 180_000,
    // Heartbeats give up on a client before a short outage is over; with a grace, the client can still resume its session.
    resumeGraceMs: 60_000,
    heartbeatIntervalMs: 5_000,
    heartbeatMaxFailures: 2,
    heartbeatPongTimeoutMs: 3_000,
    sweepIntervalMs: 1_000,
  },
  "save-traffic": {
    maxSessions: 1_000,
    sessionTimeoutMs: 900_000,
    heartbeatIntervalMs: 120_000,
    heartbeatMaxFailures: 2,
    heartbeatPongTimeoutMs: 30_000,
  },
  development: {
    maxSessions: 100,
    sessionTimeoutMs: 600_000,
    resumeGraceMs: 60_000,
    heartbeatIntervalMs: 10_000,
    heartbeatMaxFailures: 3,
    heartbeatPongTimeoutMs: 5_000,
  },
} as const satisfies Record<string, Partial<Settings>>;

export type PresetName = keyof typeof presetValues;
export const presetNames = Object.keys(presetValues) as PresetName[];

/** The values a preset sets; every other setting keeps its default. */
export const presets: Readonly<Record<PresetName, Partial<Settings>>> = presetValues;

/** The complete settings of a preset. */
export function presetSettings(name: PresetName): Settings {
  return resolveSettings(presets[name]);
}
