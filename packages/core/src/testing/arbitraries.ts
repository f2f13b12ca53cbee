/** Arbitraries for property tests: valid settings, and uniform numbers. */
import fc from "fast-check";
import { type SettingKey, settingFields, settingKeys } from "../settings/fields.ts";
import { resolveSettings, type Settings } from "../settings/settings.ts";

const STEPS = 2 ** 30;

/** Uniform in [0, 1), like the keeper's random source. */
export const unit = (): fc.Arbitrary<number> => fc.nat(STEPS - 1).map((step) => step / STEPS);

/** A uniform fractional number from `min` to `max`. `fc.double` is uniform over bit patterns, so nearly always close to 0. */
export const between = (min: number, max: number): fc.Arbitrary<number> =>
  fc.nat(STEPS).map((step) => min + (max - min) * (step / STEPS));

export interface HeartbeatRanges {
  /** Longest interval, milliseconds; a small one keeps the test short. */
  readonly maxIntervalMs: number;
  readonly maxFailures: number;
}

/** Valid settings with random heartbeats and ticks; the others are defaults, overridden by `fixed`. */
export function heartbeatSettings(
  { maxIntervalMs, maxFailures }: HeartbeatRanges,
  fixed: Partial<Settings> = {},
): fc.Arbitrary<Settings> {
  const pong = fc.integer({ min: 100, max: maxIntervalMs });
  return pong.chain((heartbeatPongTimeoutMs) =>
    fc
      .record({
        heartbeatIntervalMs: fc.integer({ min: Math.max(200, heartbeatPongTimeoutMs), max: maxIntervalMs }),
        heartbeatMaxFailures: fc.integer({ min: 1, max: maxFailures }),
        tickMs: fc.integer({ min: 10, max: Math.min(1_000, heartbeatPongTimeoutMs) }),
      })
      .map((drawn) => resolveSettings({ ...fixed, ...drawn, heartbeatPongTimeoutMs })),
  );
}

/** A value of a setting within its range, in code units. */
export function settingValue(key: SettingKey): fc.Arbitrary<number> {
  const { min, max, scale, integer } = settingFields[key];
  if (integer || scale >= 1_000) return fc.integer({ min: Math.ceil(min * scale), max: Math.floor(max * scale) });
  return between(min * scale, max * scale);
}

/** Complete valid settings: each within its range, then adjusted to satisfy the cross-field rules. */
export function validSettings(): fc.Arbitrary<Settings> {
  const each = Object.fromEntries(settingKeys.map((key) => [key, settingValue(key)])) as Record<SettingKey, fc.Arbitrary<number>>;
  return fc.record(each).map((drawn) => {
    const heartbeatIntervalMs = Math.max(drawn.heartbeatIntervalMs, drawn.heartbeatPongTimeoutMs);
    const [memoryOk, memorySoft, memoryHard] = threeApart(drawn.memoryOk, drawn.memorySoft, drawn.memoryHard);
    return {
      ...drawn,
      heartbeatIntervalMs: Math.max(200, heartbeatIntervalMs),
      idleWarningMs: Math.min(drawn.idleWarningMs, drawn.sessionTimeoutMs - 1),
      tickMs: Math.min(drawn.tickMs, drawn.heartbeatPongTimeoutMs),
      keepaliveMs: drawn.keepaliveMs < 1_000 ? 0 : drawn.keepaliveMs,
      memoryOk,
      memorySoft,
      memoryHard,
    };
  });
}

/** Three fractions in ascending order, clearly apart. */
function threeApart(...values: number[]): [number, number, number] {
  const [low, middle, high] = values.toSorted((a, b) => a - b) as [number, number, number];
  return [low * 0.9 + 0.001, middle * 0.9 + 0.05, high * 0.9 + 0.1];
}
